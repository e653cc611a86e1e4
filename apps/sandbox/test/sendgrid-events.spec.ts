import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import client from '@sendgrid/client';
import sendgrid from '@sendgrid/mail';
import { startSandbox } from '../src/sandbox.js';
import type { MailEvent } from '../src/sendgrid/mailbox.js';
import { EventReceiver, mail, MailWorld, until } from './support/mail-world.js';

let world: MailWorld;
let receiver: EventReceiver;
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });

beforeAll(async () => {
  receiver = await new EventReceiver().listen();
  world = await MailWorld.begin({
    SANDBOX_SENDGRID_WEBHOOK_URL: receiver.url,
    SANDBOX_SENDGRID_PRIVATE_KEY: Buffer.from(privateKey.export({ type: 'pkcs8', format: 'pem' })).toString('base64'),
  });
});
afterEach(() => {
  world.sandbox.sim.reset();
  receiver.forget();
});
afterAll(async () => {
  await world.sandbox.close();
  await receiver.close();
});

const entities = { quot: '"', lt: '<', gt: '>', amp: '&', '#39': "'" };
const told = (event: string) => until(() => receiver.received().find((each) => each.event === event));

test('every event is signed, and the signature is broken by one changed byte or a missing line end', async () => {
  await sendgrid.send(mail('mara@example.com', { customArgs: { message_key: 'm1' } }));
  await told('delivered');
  const [delivery] = receiver.deliveries;
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
  expect(receiver.received().map(({ event }) => event)).toEqual(['processed', 'delivered']);
});

test('a batch that was refused comes again with the same event ids', async () => {
  receiver.answers = [500, 503];
  await sendgrid.send(mail('mara@example.com'));
  await until(() => receiver.deliveries[0]);
  for (const attempts of [2, 3]) {
    // The retry is scheduled once the refusal has been read.
    await until(() => world.sandbox.sim.clock.pending().find((item) => item.kind === 'sendgrid.batch'));
    world.passTime(10_000);
    await until(() => receiver.deliveries[attempts - 1]);
  }
  const ids = receiver.deliveries.map(({ body }) =>
    (JSON.parse(body.toString()) as MailEvent[]).map((event) => event.sg_event_id),
  );
  expect(receiver.deliveries.map(({ status }) => status)).toEqual([500, 503, 200]);
  expect(new Set(ids.map((each) => each.join())).size).toBe(1);
});

test('events that nobody has taken yet are told by the next sandbox, with the same ids and key', async () => {
  const SANDBOX_DATA_DIR = mkdtempSync(join(tmpdir(), 'latchkey-sendgrid-'));
  const env = { SANDBOX_PORTS: '0', SANDBOX_DATA_DIR, SANDBOX_SENDGRID_WEBHOOK_URL: receiver.url };
  const before = await startSandbox(env);
  receiver.answers = [500];
  await fetch(`http://127.0.0.1:${before.ports.sendgrid}/v3/mail/send`, {
    method: 'POST',
    headers: { authorization: 'Bearer SG.test' },
    body: JSON.stringify({
      personalizations: [{ to: [{ email: 'mara@example.com' }] }],
      from: { email: 'hello@latchkey.example' },
      subject: 'Hi',
      content: [{ type: 'text/plain', value: 'Hi' }],
    }),
  });
  const refused = await until(() => receiver.deliveries[0]);
  await before.close();

  const after = await startSandbox(env);
  const taken = await until(() => receiver.deliveries[1]);
  expect(taken.body).toEqual(refused.body);
  const shown = await fetch(`http://127.0.0.1:${after.ports.console}/_sim/sendgrid/webhooks`);
  const { public_key } = (await shown.json()) as { public_key: string };
  const key = createPublicKey({ key: Buffer.from(public_key, 'base64'), format: 'der', type: 'spki' });
  for (const { timestamp, body, signature } of [refused, taken]) {
    const signed = Buffer.concat([Buffer.from(timestamp), body]);
    expect(verify('sha256', signed, key, Buffer.from(signature, 'base64'))).toBe(true);
  }
  await after.close();
  rmSync(SANDBOX_DATA_DIR, { recursive: true });
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
  const stored = await world.newest();
  expect(stored.events.map(({ event }) => event)).toEqual(events);
  expect(await world.inbox('')).toHaveLength(events.includes('delivered') ? 1 : 0);
  if (list !== undefined) expect(await suppressed(list)).toMatchObject([{ email: address }]);
});

async function suppressed(list: string): Promise<unknown> {
  const [{ body }] = await client.request({ method: 'GET', url: `/v3/suppression/${list}` });
  return body;
}

test('a deferred mail arrives five minutes later, a spam report comes after the delivery', async () => {
  await sendgrid.send(mail('defer@example.com'));
  world.passTime(5 * 60 * 1000);
  expect((await world.newest('to=defer@example.com')).status).toBe('delivered');
  await sendgrid.send(mail('spam@example.com'));
  world.passTime(1000);
  expect((await world.newest('to=spam@example.com')).status).toBe('spamreport');
  expect(await suppressed('spam_reports')).toMatchObject([{ email: 'spam@example.com' }]);
});

test('a suppressed address is dropped and not mailed, until it is taken off the list', async () => {
  const to = 'bounce@example.com';
  await sendgrid.send(mail(to));
  await sendgrid.send(mail(to, { customArgs: { message_key: 'second' } }));
  expect((await world.newest()).events).toMatchObject([{ event: 'dropped', reason: 'Bounced Address' }]);
  expect(world.sandbox.sim.journal.effects({ kind: 'mail.sent', key: 'second' })).toEqual([]);

  await client.request({ method: 'DELETE', url: `/v3/suppression/bounces/${to}` });
  await sendgrid.send(mail(to));
  expect((await world.newest()).events.map(({ event }) => event)).toEqual(['processed', 'bounce']);
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
  expect((await world.newest()).events).toMatchObject([{ event: 'dropped', reason: 'Unsubscribed Address' }]);
  await sendgrid.send(mail('mara@example.com', { mailSettings: { bypassListManagement: { enable: true } } }));
  expect((await world.newest()).status).toBe('delivered');
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
  const stored = await world.newest();
  expect(stored.events.map(({ event }) => event)).toEqual(['processed', 'delivered']);

  const page = await (await fetch(world.consoleUrl(`/inbox/${stored.id}`))).text();
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
  expect((await world.newest()).html).toBe(html);
});

test('somebody who never opens raises no event, however often the page is looked at', async () => {
  await sendgrid.send(mail('noopen@example.com', { trackingSettings: { openTracking: { enable: true } } }));
  const stored = await world.newest();
  await fetch(world.vendorUrl(`/wf/open?mail=${stored.id}`));
  expect((await world.newest()).events.map(({ event }) => event)).toEqual(['processed', 'delivered']);
});

test('a counting link leads only where its mail led, never to an address from outside', async () => {
  await sendgrid.send(mail('mara@example.com'));
  const stored = await world.newest();
  for (const query of [`mail=${stored.id}&link=https://evil.example`, `mail=${stored.id}&link=0`, 'mail=x&link=0']) {
    expect((await fetch(world.vendorUrl(`/ls/click?${query}`), { redirect: 'manual' })).status).toBe(404);
  }
});

test('a bounced address is mailed again only with the bypass for bounces', async () => {
  await sendgrid.send(mail('bounce@example.com'));
  await sendgrid.send(mail('bounce@example.com', { mailSettings: { bypassSpamManagement: { enable: true } } }));
  expect((await world.newest()).status).toBe('dropped');
  await sendgrid.send(mail('bounce@example.com', { mailSettings: { bypassBounceManagement: { enable: true } } }));
  expect((await world.newest()).status).toBe('bounce');
});

test('the fault mail-outcome turns a good address into a bounce', async () => {
  world.sandbox.sim.faults.add({
    match: { vendor: 'sendgrid', times: 1 },
    action: { type: 'mail-outcome', outcome: 'bounce' },
  });
  await sendgrid.send(mail('mara@example.com'));
  expect((await world.newest()).status).toBe('bounce');
});

test('webhook faults double and spoil the receiver.deliveries when asked to', async () => {
  await fetch(world.consoleUrl('/_sim/sendgrid/webhook-faults'), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ duplicate: 1, bad_signature: true }),
  });
  await sendgrid.send(mail('mara@example.com'));
  await until(() => receiver.deliveries[1]);
  const [first, second] = receiver.deliveries;
  if (!first || !second) throw new Error('two receiver.deliveries were asked for');
  expect(first.body).toEqual(second.body);
  const signed = Buffer.concat([Buffer.from(first.timestamp), first.body]);
  expect(verify('sha256', signed, publicKey, Buffer.from(first.signature, 'base64'))).toBe(false);
});
