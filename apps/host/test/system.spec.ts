import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { LocalProblem } from '@latchkey/local';
import { readConfig } from '../src/config.js';
import { loadSecrets } from '../src/secrets.js';
import { describeSystem } from '../src/system.js';
import { vendorEnvironment } from '../src/vendors.js';

const directory = mkdtempSync(join(tmpdir(), 'latchkey-system-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function system(env: NodeJS.ProcessEnv) {
  const config = readConfig(env);
  const secrets = await loadSecrets(join(directory, 'secrets.json'));
  const voices = { echo: () => undefined, progress: () => undefined };
  const parts = describeSystem(config, secrets, vendorEnvironment(config, secrets), voices);
  const find = (name: string) => {
    const part = parts.find((candidate) => candidate.name === name);
    if (!part) throw new Error(`There is no ${name}.`);
    return part;
  };
  return { parts, names: parts.map(({ name }) => name), find };
}

test('every port moves with LATCHKEY_PORT_BASE and no two parts want the same one', async () => {
  const { parts } = await system({ LATCHKEY_PORT_BASE: '7000' });
  const ports = parts.flatMap((part) => Object.values(part.ports));
  expect(new Set(ports).size).toBe(ports.length);
  expect(ports.sort()).toEqual([
    ...[0, 1, 2, 3, 4, 5, 6, 10, 11, 12, 13, 14, 15, 22, 23, 32].map((offset) => 7000 + offset),
  ]);
});

test('a service never starts before its database and the bus, and never outlives what it asks', async () => {
  const { find } = await system({});
  for (const name of ['signup', 'billing-webhooks', 'provisioner', 'workspace', 'notifier', 'analytics']) {
    expect(find(name).waitsFor).toEqual(['postgres', 'nats']);
    expect(find(name).uses).toContain('sandbox');
  }
  expect(find('signup').uses).toContain('billing-webhooks');
});

test("each service has a database of its own, and a user's own database or bus replaces the local one", async () => {
  const usual = await system({});
  const urls = usual.parts.map(({ env }) => env['DATABASE_URL']).filter(Boolean);
  expect(new Set(urls).size).toBe(6);

  const brought: NodeJS.ProcessEnv = { NATS_URL: 'nats://bus:4222' };
  for (const name of ['SIGNUP', 'BILLING_WEBHOOKS', 'PROVISIONER', 'WORKSPACE', 'NOTIFIER', 'ANALYTICS'])
    brought[`DATABASE_URL_${name}`] = `postgres://db/${name.toLowerCase()}`;
  const own = await system(brought);
  expect(own.names).not.toContain('postgres');
  expect(own.names).not.toContain('nats');
  expect(own.find('billing-webhooks').env).toMatchObject({
    DATABASE_URL: 'postgres://db/billing_webhooks',
    NATS_URL: 'nats://bus:4222',
  });
});

test("a vendor's key makes that vendor the real one, and reaches only the services that speak to it", async () => {
  const { parts, find } = await system({ STRIPE_SECRET_KEY: 'sk_live_mine', STRIPE_WEBHOOK_SECRET: 'whsec_mine' });
  expect(find('billing-webhooks').env).toMatchObject({ STRIPE_SECRET_KEY: 'sk_live_mine' });
  expect(find('billing-webhooks').env['STRIPE_API_URL']).toBeUndefined();
  expect(find('notifier').env['SENDGRID_API_URL']).toBe('http://127.0.0.1:4014');
  for (const { name, env } of parts)
    if (name !== 'billing-webhooks') expect(JSON.stringify(env)).not.toContain('sk_live_mine');
});

test('half a switch to a real vendor is refused, naming what is missing', async () => {
  await expect(system({ PINECONE_API_KEY: 'pcsk_mine' })).rejects.toThrow(
    'PINECONE_API_KEY is set, so Pinecone is the real one, and then PINECONE_INDEX_HOST must be set too.',
  );
});

test('a value that cannot be a port base is refused with the value in the sentence', () => {
  expect(() => readConfig({ LATCHKEY_PORT_BASE: 'http' })).toThrow(LocalProblem);
  expect(() => readConfig({ LATCHKEY_PORT_BASE: '80' })).toThrow('not "80"');
});

test('secrets are made once, kept between starts, and readable by their owner alone', async () => {
  const file = join(directory, 'fresh', 'secrets.json');
  const first = await loadSecrets(file);
  expect(await loadSecrets(file)).toEqual(first);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('secrets that were tampered with are refused rather than replaced', async () => {
  const file = join(directory, 'broken.json');
  writeFileSync(file, '{ half');
  chmodSync(file, 0o600);
  await expect(loadSecrets(file)).rejects.toThrow('is not JSON any more');
});
