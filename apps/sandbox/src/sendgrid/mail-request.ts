import { z } from 'zod';
import { complaint, type Complaint, SendGridError } from './errors.js';

const maxCustomArgsBytes = 10_000;
const maxRecipients = 1000;

const emailAddress = z
  .string()
  .max(320)
  .regex(/^[^\s@<>"]+@[^\s@<>"]+\.[^\s@<>".]+$/, 'Does not contain a valid address.');
const person = z.strictObject({ email: emailAddress, name: z.string().optional() });
const people = z
  .array(person)
  .min(
    1,
    'The to array is required for all personalization objects, and must have at least one email object with a valid email address.',
  );
const customArgs = z.record(z.string(), z.string('The custom args must be strings.'));
const reservedHeaders = new Set(
  'x-sg-id x-sg-eid received dkim-signature content-type content-transfer-encoding to from subject reply-to cc bcc'.split(
    ' ',
  ),
);
const headers = z
  .record(z.string(), z.string())
  .refine((value) => Object.keys(value).every((name) => !reservedHeaders.has(name.toLowerCase())), {
    error: 'Header names cannot be reserved headers.',
  });
const enabled = z.boolean().optional();

/** Things of the vendor that this stand-in does not carry out. Refused by name: ignoring one would fake a feature. */
const unsupported = ['template_id', 'sections', 'batch_id', 'send_at', 'ip_pool_name'] as const;
const never = (name: string) => z.never(`${name} is not supported by this stand-in.`).optional();

/** One group of recipients with what is special to them. */
export const personalizationRequest = z.strictObject({
  to: people,
  cc: z.array(person).optional(),
  bcc: z.array(person).optional(),
  from: person.optional(),
  subject: z.string().min(1).optional(),
  headers: headers.optional(),
  custom_args: customArgs.optional(),
  substitutions: never('substitutions'),
  dynamic_template_data: never('dynamic_template_data'),
  send_at: never('send_at'),
});

export const mailRequest = z.strictObject({
  personalizations: z
    .array(personalizationRequest)
    .min(1, 'The personalizations field is required and must have at least one personalization.')
    .max(1000),
  from: person,
  reply_to: person.optional(),
  reply_to_list: z.array(person).max(1000).optional(),
  subject: z
    .string()
    .min(
      1,
      'The subject is required. You can get around this requirement if you use a template with a subject defined or if every personalization has a subject defined.',
    )
    .optional(),
  content: z
    .array(
      z.strictObject({
        type: z.string().regex(/^[\w.+-]+\/[\w.+-]+$/),
        value: z.string().min(1, 'The content value must be a string at least one character in length.'),
      }),
    )
    .min(
      1,
      'Unless a valid template_id is provided, the content parameter is required. There must be at least one defined content block.',
    ),
  attachments: z
    .array(
      z.strictObject({
        content: z.base64('The attachment content must be base64 encoded.').min(1),
        type: z.string().optional(),
        filename: z.string().min(1),
        disposition: z.enum(['inline', 'attachment']).optional(),
        content_id: z.string().optional(),
      }),
    )
    .optional(),
  headers: headers.optional(),
  categories: z.array(z.string().max(255)).max(10, 'Categories cannot exceed 10 per request.').optional(),
  custom_args: customArgs.optional(),
  asm: z.strictObject({ group_id: z.int(), groups_to_display: z.array(z.int()).max(25).optional() }).optional(),
  mail_settings: z
    .strictObject({
      sandbox_mode: z.strictObject({ enable: enabled }).optional(),
      bypass_list_management: z.strictObject({ enable: enabled }).optional(),
      bypass_bounce_management: z.strictObject({ enable: enabled }).optional(),
      bypass_spam_management: z.strictObject({ enable: enabled }).optional(),
      bypass_unsubscribe_management: z.strictObject({ enable: enabled }).optional(),
      bcc: never('mail_settings.bcc'),
      spam_check: never('mail_settings.spam_check'),
      footer: never('mail_settings.footer'),
    })
    .optional(),
  tracking_settings: z
    .strictObject({
      click_tracking: z.strictObject({ enable: enabled, enable_text: enabled }).optional(),
      open_tracking: z.strictObject({ enable: enabled, substitution_tag: z.string().optional() }).optional(),
      subscription_tracking: z
        .strictObject({
          enable: z.literal(false, 'subscription_tracking is not supported by this stand-in.').optional(),
        })
        .optional(),
      ganalytics: z
        .strictObject({ enable: z.literal(false, 'ganalytics is not supported by this stand-in.').optional() })
        .optional(),
    })
    .optional(),
  ...(Object.fromEntries(unsupported.map((name) => [name, never(name)])) as Record<
    (typeof unsupported)[number],
    ReturnType<typeof never>
  >),
});

export type MailRequest = z.output<typeof mailRequest>;

function spell(issue: z.core.$ZodIssue): Complaint[] {
  const field = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) =>
      complaint(`Additional property ${key} is not allowed`, [field, key].filter(Boolean).join('.')),
    );
  }
  if (issue.path[0] === 'from' && issue.code === 'invalid_type') {
    return [
      complaint(
        'The from object must be provided for every email send. It is an object that requires the email parameter.',
        'from.email',
      ),
    ];
  }
  if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined'))
    return [complaint(`The ${field} field is required.`, field)];
  return [complaint(issue.message, field === '' ? null : field)];
}

function crossFieldComplaints(mail: MailRequest): Complaint[] {
  const found: Complaint[] = [];
  if (mail.subject === undefined && mail.personalizations.some((each) => each.subject === undefined)) {
    found.push(
      complaint(
        'The subject is required. You can get around this requirement if every personalization has a subject defined.',
        'subject',
      ),
    );
  }
  const order = mail.content.map((part) => ['text/plain', 'text/html'].indexOf(part.type));
  const known = order.filter((at) => at >= 0);
  if (new Set(known).size < known.length)
    found.push(complaint('If present, text/plain and text/html may only be provided once.', 'content'));
  if (known.some((at, i) => at < i) || (known.length > 0 && order[0] === -1)) {
    found.push(
      complaint(
        'If present, text/plain must be first, followed by text/html, followed by any other content.',
        'content',
      ),
    );
  }
  let recipients = 0;
  mail.personalizations.forEach((each, i) => {
    const all = [...each.to, ...(each.cc ?? []), ...(each.bcc ?? [])].map(({ email }) => email.toLowerCase());
    recipients += all.length;
    if (new Set(all).size < all.length) {
      found.push(
        complaint(
          'Each email address in the personalization block should be unique between to, cc, and bcc.',
          `personalizations.${i}`,
        ),
      );
    }
    if (Buffer.byteLength(JSON.stringify({ ...mail.custom_args, ...each.custom_args })) > maxCustomArgsBytes) {
      found.push(
        complaint(`The custom args may not exceed ${maxCustomArgsBytes} bytes.`, `personalizations.${i}.custom_args`),
      );
    }
  });
  if (recipients > maxRecipients)
    found.push(complaint(`The total number of recipients must be no more than ${maxRecipients}.`, 'personalizations'));
  return found;
}

/** A mail the vendor would take, or all its complaints at once with the fields they are about. */
export function readMail(body: unknown): MailRequest {
  const parsed = mailRequest.safeParse(body);
  const complaints = parsed.success ? crossFieldComplaints(parsed.data) : parsed.error.issues.flatMap(spell);
  if (!parsed.success || complaints.length > 0) throw new SendGridError(400, complaints);
  return parsed.data;
}
