import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import sendgrid from '@sendgrid/mail';
import client from '@sendgrid/client';
import { type RunningSandbox, startSandbox } from '../src/sandbox.js';
import { mailRequest, personalizationRequest } from '../src/sendgrid/mail-request.js';
import type { MailEvent, StoredMail } from '../src/sendgrid/mailbox.js';
import { membersOf } from './support/sdk-declarations.js';

type MailDataRequired = Exclude<Parameters<typeof sendgrid.send>[0], unknown[]>;
type ListedMail = StoredMail & { status: string; events: MailEvent[] };
interface Delivery {
  status: number;
  body: Buffer;
  signature: string;
  timestamp: string;
}

let sandbox: RunningSandbox;
let receiver: Server;
/** Everything the webhook received, and what it answers to the next ones (200 when empty). */
let deliveries: Delivery[] = [];
let answers: number[] = [];
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });

beforeAll(async () => {
  receiver = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const header = (name: string) => String(req.headers[`x-twilio-email-event-webhook-${name}`]);
      const status = answers.shift() ?? 200;
      deliveries.push({
        status,
        body: Buffer.concat(chunks),
        signature: header('signature'),
        timestamp: header('timestamp'),
      });
      res.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  sandbox = await startSandbox({
    SANDBOX_PORTS: '0',
    SANDBOX_SENDGRID_WEBHOOK_URL: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/sendgrid-webhook`,
    SANDBOX_SENDGRID_PRIVATE_KEY: Buffer.from(privateKey.export({ type: 'pkcs8', format: 'pem' })).toString('base64'),
  });
  client.setApiKey('SG.test');
  // After setApiKey, which resets the address to the true vendor.
  client.setDefaultRequest('baseUrl', vendorUrl(''));
  sendgrid.setClient(client);
});
afterEach(() => {
  sandbox.sim.reset();
  deliveries = [];
  answers = [];
});
afterAll(async () => {
  await sandbox.close();
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
});

const vendorUrl = (path: string) => `http://127.0.0.1:${sandbox.ports.sendgrid}${path}`;
const consoleUrl = (path: string) => `http://127.0.0.1:${sandbox.ports.console}${path}`;
const entities = { quot: '"', lt: '<', gt: '>', amp: '&', '#39': "'" };
const mail = (to: string, more: Partial<MailDataRequired> = {}): MailDataRequired =>
  ({
    to,
    from: { email: 'hello@latchkey.example', name: 'Latchkey' },
    subject: 'Your code',
    text: 'The code is 123456.',
    html: '<p>The code is <b>123456</b>.</p>',
    ...more,
  }) as MailDataRequired;

async function inbox(query: string): Promise<ListedMail[]> {
  const answer = await fetch(consoleUrl(`/_sim/inbox?${query}`));
  return ((await answer.json()) as { mails: ListedMail[] }).mails;
}

async function newest(query = 'all=true'): Promise<ListedMail> {
  const [first] = await inbox(query);
  if (!first) throw new Error('the inbox is empty');
  return first;
}

async function until<T>(what: () => T | undefined): Promise<T> {
  for (let waited = 0; waited < 5_000; waited += 10) {
    const value = what();
    if (value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('it did not happen within 5 s');
}

const received = () =>
  deliveries.filter(({ status }) => status < 300).flatMap(({ body }) => JSON.parse(body.toString()) as MailEvent[]);
const told = (event: string) => until(() => received().find((each) => each.event === event));
const passTime = (ms: number) => sandbox.sim.clock.advanceTo(sandbox.sim.clock.nowMs() + ms);

test('a mail sent by the SDK lies in the inbox as it was written', async () => {
  const [response] = await sendgrid.send(
    mail('mara@example.com', { categories: ['verify-email'], customArgs: { message_key: 'm1', tenant_id: 't1' } }),
  );
  expect(response.statusCode).toBe(202);
  const found = await newest('to=MARA@example.com&subject=code');
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
  expect(await inbox('to=other@example.com')).toEqual([]);
  expect(await (await fetch(consoleUrl(`/_sim/inbox/${found.id}`))).json()).toEqual(found);
});

test('each accepted mail is one effect under its message key', async () => {
  await sendgrid.send(
    mail('mara@example.com', { customArgs: { message_key: 'm1', tenant_id: 't1', template: 'welcome' } }),
  );
  const [effect, ...more] = sandbox.sim.journal.effects({ kind: 'mail.sent' });
  expect(more).toEqual([]);
  expect(effect).toMatchObject({ key: 'm1', detail: { to: 'mara@example.com', template: 'welcome', tenant_id: 't1' } });
});

test('every event is signed, and the signature is broken by one changed byte or a missing line end', async () => {
  await sendgrid.send(mail('mara@example.com', { customArgs: { message_key: 'm1' } }));
  await told('delivered');
  const [delivery] = deliveries;
  if (!delivery) throw new Error('nothing delivered');
  const check = (key: typeof publicKey, body: Buffer) =>
    verify(
      'sha256',
      Buffer.concat([Buffer.from(delivery.timestamp), body]),
      key,
      Buffer.from(delivery.signature, 'base64'),
    );
  const [{ body: settings }] = (await client.request({
    method: 'GET',
    url: '/v3/user/webhooks/event/settings/signed',
  })) as [{ body: { public_key: string } }, unknown];
  const published = createPublicKey({ key: Buffer.from(settings.public_key, 'base64'), format: 'der', type: 'spki' });
  expect(check(published, delivery.body)).toBe(true);
  expect(check(publicKey, delivery.body)).toBe(true);
  expect(check(published, Buffer.from(delivery.body.toString().replace('m1', 'm2')))).toBe(false);
  expect(check(published, Buffer.from(delivery.body.toString().trimEnd()))).toBe(false);
});

test('events carry the custom arguments and the id of the answer', async () => {
  const [response] = await sendgrid.send(
    mail('mara@example.com', { customArgs: { message_key: 'm7' }, categories: ['welcome'] }),
  );
  const event = await told('delivered');
  const messageId = String(response.headers['x-message-id' as keyof typeof response.headers]);
  expect(event).toMatchObject({ email: 'mara@example.com', message_key: 'm7', category: ['welcome'] });
  expect(event.sg_message_id.startsWith(`${messageId}.`)).toBe(true);
  expect(received().map(({ event }) => event)).toEqual(['processed', 'delivered']);
});

test('a batch that was refused comes again with the same event ids', async () => {
  answers = [500, 503];
  await sendgrid.send(mail('mara@example.com'));
  await until(() => deliveries[0]);
  for (const attempts of [2, 3]) {
    // The retry is scheduled once the refusal has been read.
    await until(() => sandbox.sim.clock.pending().find((item) => item.kind === 'sendgrid.batch'));
    passTime(10_000);
    await until(() => deliveries[attempts - 1]);
  }
  const ids = deliveries.map(({ body }) =>
    (JSON.parse(body.toString()) as MailEvent[]).map((event) => event.sg_event_id),
  );
  expect(deliveries.map(({ status }) => status)).toEqual([500, 503, 200]);
  expect(new Set(ids.map((each) => each.join())).size).toBe(1);
});

test.each([
  ['bounce@example.com', ['processed', 'bounce'], 'bounces'],
  ['block+1@example.com', ['processed', 'bounce'], 'blocks'],
  ['drop@example.com', ['dropped'], undefined],
  ['defer@example.com', ['processed', 'deferred'], undefined],
  ['spam@example.com', ['processed', 'delivered'], undefined],
  ['bouncer@example.com', ['processed', 'delivered'], undefined],
])('%s: the address decides the outcome %j', async (address, events, list) => {
  await sendgrid.send(mail(address));
  const stored = await newest();
  expect(stored.events.map(({ event }) => event)).toEqual(events);
  expect(await inbox('')).toHaveLength(events.includes('delivered') ? 1 : 0);
  if (list !== undefined) expect(await suppressed(list)).toMatchObject([{ email: address }]);
});

async function suppressed(list: string): Promise<unknown> {
  const [{ body }] = await client.request({ method: 'GET', url: `/v3/suppression/${list}` });
  return body;
}

test('a deferred mail arrives five minutes later, a spam report comes after the delivery', async () => {
  await sendgrid.send(mail('defer@example.com'));
  passTime(5 * 60 * 1000);
  expect((await newest('to=defer@example.com')).status).toBe('delivered');
  await sendgrid.send(mail('spam@example.com'));
  passTime(1000);
  expect((await newest('to=spam@example.com')).status).toBe('spamreport');
  expect(await suppressed('spam_reports')).toMatchObject([{ email: 'spam@example.com' }]);
});

test('a suppressed address is dropped and not mailed, until it is taken off the list', async () => {
  const to = 'bounce@example.com';
  await sendgrid.send(mail(to));
  await sendgrid.send(mail(to, { customArgs: { message_key: 'second' } }));
  expect((await newest()).events).toMatchObject([{ event: 'dropped', reason: 'Bounced Address' }]);
  expect(sandbox.sim.journal.effects({ kind: 'mail.sent', key: 'second' })).toEqual([]);

  await client.request({ method: 'DELETE', url: `/v3/suppression/bounces/${to}` });
  await sendgrid.send(mail(to));
  expect((await newest()).events.map(({ event }) => event)).toEqual(['processed', 'bounce']);
  await expect(
    client.request({ method: 'DELETE', url: '/v3/suppression/bounces/nobody@example.com' }),
  ).rejects.toMatchObject({
    code: 404,
  });
});

test('a global unsubscribe drops every mail but one that bypasses list management', async () => {
  const url = '/v3/asm/suppressions/global';
  await client.request({ method: 'POST', url, body: { recipient_emails: ['mara@example.com'] } });
  await sendgrid.send(mail('mara@example.com'));
  expect((await newest()).events).toMatchObject([{ event: 'dropped', reason: 'Unsubscribed Address' }]);
  await sendgrid.send(mail('mara@example.com', { mailSettings: { bypassListManagement: { enable: true } } }));
  expect((await newest()).status).toBe('delivered');
  await client.request({ method: 'DELETE', url: `${url}/mara@example.com` });
  expect((await client.request({ method: 'GET', url: `${url}/mara@example.com` }))[0].body).toEqual({});
});

test('opening the mail in the inbox and following its link tell open and click, and nothing before', async () => {
  const html = '<body><a href="https://app.example/welcome?a=1&amp;b=2">Start</a></body>';
  await sendgrid.send(
    mail('mara@example.com', {
      html,
      trackingSettings: { clickTracking: { enable: true }, openTracking: { enable: true } },
    }),
  );
  const stored = await newest();
  expect(stored.events.map(({ event }) => event)).toEqual(['processed', 'delivered']);

  const page = await (await fetch(consoleUrl(`/inbox/${stored.id}`))).text();
  const shown = page.replace(
    /&(quot|lt|gt|amp|#39);/g,
    (_all, name: 'quot' | 'lt' | 'gt' | 'amp' | '#39') => entities[name],
  );
  const pixel = /<img src="([^"]+)"/.exec(shown)?.[1] ?? '';
  expect((await fetch(pixel)).headers.get('content-type')).toBe('image/gif');
  expect(await told('open')).toMatchObject({ email: 'mara@example.com' });

  const link = (/href="([^"]*\/ls\/click[^"]*)"/.exec(stored.html)?.[1] ?? '').replace('&amp;', '&');
  const followed = await fetch(link, { redirect: 'manual' });
  expect([followed.status, followed.headers.get('location')]).toEqual([302, 'https://app.example/welcome?a=1&b=2']);
  expect(await told('click')).toMatchObject({ url: 'https://app.example/welcome?a=1&b=2' });
});

test('without tracking settings the mail is delivered byte for byte', async () => {
  const html = '<body><a href="https://app.example/">Start</a></body>';
  await sendgrid.send(mail('mara@example.com', { html }));
  expect((await newest()).html).toBe(html);
});

test('somebody who never opens raises no event, however often the page is looked at', async () => {
  await sendgrid.send(mail('noopen@example.com', { trackingSettings: { openTracking: { enable: true } } }));
  const stored = await newest();
  await fetch(vendorUrl(`/wf/open?mail=${stored.id}`));
  expect((await newest()).events.map(({ event }) => event)).toEqual(['processed', 'delivered']);
});

test('a counting link leads only where its mail led, never to an address from outside', async () => {
  await sendgrid.send(mail('mara@example.com'));
  const stored = await newest();
  for (const query of [`mail=${stored.id}&link=https://evil.example`, `mail=${stored.id}&link=0`, 'mail=x&link=0']) {
    expect((await fetch(vendorUrl(`/ls/click?${query}`), { redirect: 'manual' })).status).toBe(404);
  }
});

async function complaints(body: unknown): Promise<{ status: number; fields: unknown[] }> {
  const answer = await fetch(vendorUrl('/v3/mail/send'), {
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
  expect(await inbox('all=true')).toEqual([]);
});

test('every field the SDK can send is either carried out or refused by name', () => {
  const helpers = '@sendgrid/helpers';
  expect(Object.keys(mailRequest.shape).sort()).toEqual(membersOf(helpers, 'classes/mail.d.ts', 'MailJSON'));
  const personalization = membersOf(helpers, 'classes/personalization.d.ts', 'PersonalizationJSON');
  expect(Object.keys(personalizationRequest.shape).sort()).toEqual(personalization);
  const settings = membersOf(helpers, 'classes/mail.d.ts', 'MailSettingsJSON');
  expect(Object.keys(mailRequest.shape.mail_settings.unwrap().shape)).toEqual(expect.arrayContaining(settings));
});

test('a bounced address is mailed again only with the bypass for bounces', async () => {
  await sendgrid.send(mail('bounce@example.com'));
  await sendgrid.send(mail('bounce@example.com', { mailSettings: { bypassSpamManagement: { enable: true } } }));
  expect((await newest()).status).toBe('dropped');
  await sendgrid.send(mail('bounce@example.com', { mailSettings: { bypassBounceManagement: { enable: true } } }));
  expect((await newest()).status).toBe('bounce');
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
  expect((await fetch(vendorUrl('/v3/mail/send'), { method: 'POST' })).status).toBe(401);
});

test("the vendor's sandbox mode checks a mail and sends nothing", async () => {
  const [response] = await sendgrid.send(mail('mara@example.com', { mailSettings: { sandboxMode: { enable: true } } }));
  expect(response.statusCode).toBe(200);
  expect(await inbox('all=true')).toEqual([]);
});

test('the fault mail-outcome turns a good address into a bounce', async () => {
  sandbox.sim.faults.add({
    match: { vendor: 'sendgrid', times: 1 },
    action: { type: 'mail-outcome', outcome: 'bounce' },
  });
  await sendgrid.send(mail('mara@example.com'));
  expect((await newest()).status).toBe('bounce');
});

test('webhook faults double and spoil the deliveries when asked to', async () => {
  await fetch(consoleUrl('/_sim/sendgrid/webhook-faults'), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ duplicate: 1, bad_signature: true }),
  });
  await sendgrid.send(mail('mara@example.com'));
  await until(() => deliveries[1]);
  const [first, second] = deliveries;
  if (!first || !second) throw new Error('two deliveries were asked for');
  expect(first.body).toEqual(second.body);
  const signed = Buffer.concat([Buffer.from(first.timestamp), first.body]);
  expect(verify('sha256', signed, publicKey, Buffer.from(first.signature, 'base64'))).toBe(false);
});

test('a hostile subject and body cannot leave their place on the inbox page', async () => {
  const evil = '"><script>alert(1)</script>';
  await sendgrid.send(mail('mara@example.com', { subject: evil, html: `<p>${evil}</p>`, text: evil }));
  const { id } = await newest();
  for (const path of ['/inbox', `/inbox/${id}`, `/inbox?to=${encodeURIComponent(evil)}`]) {
    expect(await (await fetch(consoleUrl(path))).text()).not.toContain('<script>');
  }
});
