import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import sendgrid from '@sendgrid/mail';
import { mailRequest, personalizationRequest } from '../src/sendgrid/mail-request.js';
import { mail, MailWorld } from './support/mail-world.js';
import { membersOf } from './support/sdk-declarations.js';

let world: MailWorld;

beforeAll(async () => {
  world = await MailWorld.begin();
});
afterEach(() => world.sandbox.sim.reset());
afterAll(() => world.sandbox.close());

test('a mail sent by the SDK lies in the inbox as it was written', async () => {
  const [response] = await sendgrid.send(
    mail('mara@example.com', { categories: ['verify-email'], customArgs: { message_key: 'm1', tenant_id: 't1' } }),
  );
  expect(response.statusCode).toBe(202);
  const found = await world.newest('to=MARA@example.com&subject=code');
  expect(found).toMatchObject({
    to: 'mara@example.com',
    from: 'hello@latchkey.example',
    from_name: 'Latchkey',
    subject: 'Your code',
    text: 'The code is 123456.',
    html: '<p>The code is <b>123456</b>.</p>',
    custom_args: { message_key: 'm1', tenant_id: 't1' },
    categories: ['verify-email'],
    message_id: response.headers['x-message-id' as keyof typeof response.headers],
    status: 'delivered',
  });
  expect(await world.inbox('to=other@example.com')).toEqual([]);
  expect(await (await fetch(world.consoleUrl(`/_sim/inbox/${found.id}`))).json()).toEqual(found);
});

test('each accepted mail is one effect under its message key', async () => {
  await sendgrid.send(
    mail('mara@example.com', { customArgs: { message_key: 'm1', tenant_id: 't1', template: 'welcome' } }),
  );
  const [effect, ...more] = world.sandbox.sim.journal.effects({ kind: 'mail.sent' });
  expect(more).toEqual([]);
  expect(effect).toMatchObject({ key: 'm1', detail: { to: 'mara@example.com', template: 'welcome', tenant_id: 't1' } });
});

async function complaints(body: unknown): Promise<{ status: number; fields: unknown[] }> {
  const answer = await fetch(world.vendorUrl('/v3/mail/send'), {
    method: 'POST',
    headers: { authorization: 'Bearer SG.test', 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const { errors } = (await answer.json()) as { errors: { field: unknown; message: string; help: unknown }[] };
  expect(errors.every((each) => each.message.length > 0)).toBe(true);
  return { status: answer.status, fields: errors.map(({ field }) => field) };
}

const valid = {
  personalizations: [{ to: [{ email: 'mara@example.com' }] }],
  from: { email: 'hello@latchkey.example' },
  subject: 'Hi',
  content: [{ type: 'text/plain', value: 'Hi' }],
};

test.each([
  ['an unknown field', { ...valid, colour: 'red' }, ['colour']],
  ['no sender', { ...valid, from: undefined }, ['from.email']],
  ['no subject', { ...valid, subject: undefined }, ['subject']],
  ['no content', { ...valid, content: [] }, ['content']],
  ['a bad address', { ...valid, personalizations: [{ to: [{ email: 'mara' }] }] }, ['personalizations.0.to.0.email']],
  ['nobody to send to', { ...valid, personalizations: [{ to: [] }] }, ['personalizations.0.to']],
  [
    'HTML before plain text',
    {
      ...valid,
      content: [
        { type: 'text/html', value: '<p>' },
        { type: 'text/plain', value: 'x' },
      ],
    },
    ['content'],
  ],
  ['eleven categories', { ...valid, categories: Array.from({ length: 11 }, (_, i) => `c${i}`) }, ['categories']],
  [
    'custom arguments over 10 kB',
    { ...valid, custom_args: { a: 'x'.repeat(10_001) } },
    ['personalizations.0.custom_args'],
  ],
  ['a number as custom argument', { ...valid, custom_args: { attempt: 1 } }, ['custom_args.attempt']],
  ['a planned time, which is not supported', { ...valid, send_at: 1_900_000_000 }, ['send_at']],
  ['a template, which is not supported', { ...valid, template_id: 'd-1' }, ['template_id']],
  ['a reserved header', { ...valid, headers: { Subject: 'x' } }, ['headers']],
  ['two faults at once', { ...valid, from: undefined, categories: 'x' }, ['from.email', 'categories']],
])('%s is refused with the field it is about, and nothing is sent', async (_name, body, fields) => {
  expect(await complaints(body)).toEqual({ status: 400, fields });
  expect(await world.inbox('all=true')).toEqual([]);
});

test('every field the SDK can send is either carried out or refused by name', () => {
  const helpers = '@sendgrid/helpers';
  expect(Object.keys(mailRequest.shape).sort()).toEqual(membersOf(helpers, 'classes/mail.d.ts', 'MailJSON'));
  const personalization = membersOf(helpers, 'classes/personalization.d.ts', 'PersonalizationJSON');
  expect(Object.keys(personalizationRequest.shape).sort()).toEqual(personalization);
  const settings = membersOf(helpers, 'classes/mail.d.ts', 'MailSettingsJSON');
  expect(Object.keys(mailRequest.shape.mail_settings.unwrap().shape)).toEqual(expect.arrayContaining(settings));
});

test('the SDK reads a refusal as its response error with the complaints', async () => {
  await expect(
    sendgrid.send(mail('mara@example.com', { categories: Array(11).fill('c') as string[] })),
  ).rejects.toMatchObject({
    code: 400,
    response: { body: { errors: [{ field: 'categories' }] } },
  });
});

test('a call without a key is a 401', async () => {
  expect((await fetch(world.vendorUrl('/v3/mail/send'), { method: 'POST' })).status).toBe(401);
});

test("the vendor's sandbox mode checks a mail and sends nothing", async () => {
  const [response] = await sendgrid.send(mail('mara@example.com', { mailSettings: { sandboxMode: { enable: true } } }));
  expect(response.statusCode).toBe(200);
  expect(await world.inbox('all=true')).toEqual([]);
});

test('a hostile subject and body cannot leave their place on the inbox page', async () => {
  const evil = '"><script>alert(1)</script>';
  await sendgrid.send(mail('mara@example.com', { subject: evil, html: `<p>${evil}</p>`, text: evil }));
  const { id } = await world.newest();
  for (const path of ['/inbox', `/inbox/${id}`, `/inbox?to=${encodeURIComponent(evil)}`]) {
    expect(await (await fetch(world.consoleUrl(path))).text()).not.toContain('<script>');
  }
});
