import { expect, test } from '@jest/globals';
import { ConfigError, loadConfig } from '@latchkey/shared/config';
import { Config } from './config.js';
import { refuseUnfitMails } from './deliverability/refuse-unfit-mails.js';

const env = {
  PORT: '0',
  DATABASE_URL: 'postgres://localhost/notifier',
  NATS_URL: 'nats://localhost',
  PUBLIC_URL: 'https://latchkey.example',
  SENDGRID_API_KEY: 'SG.test',
  FROM_EMAIL: 'hello@latchkey.example',
  DOCS_URL: 'https://docs.latchkey.example',
  OPS_EMAIL: 'ops@latchkey.example',
  SUPPRESSION_SECRET: 'sixteen characters',
};

test('the least configuration there is starts', () => {
  expect(loadConfig(Config, env)).toMatchObject({ FROM_NAME: 'Alex from Latchkey', RESEND_GRACE_SECONDS: 120 });
});

test.each([
  ['FROM_EMAIL', 'noreply@latchkey.example'],
  ['FROM_EMAIL', 'no-reply@latchkey.example'],
  ['FROM_EMAIL', 'admin@latchkey.example'],
  ['REPLY_TO', 'donotreply@latchkey.example'],
  ['SENDGRID_WEBHOOK_PUBLIC_KEY', 'bm90IGEga2V5'],
  ['SUPPRESSION_SECRET', 'short'],
])('%s=%s is refused at boot, and the message names it', (name, value) => {
  expect(() => loadConfig(Config, { ...env, [name]: value })).toThrow(ConfigError);
  expect(() => loadConfig(Config, { ...env, [name]: value })).toThrow(name);
});

test('production does not start with links that spam filters punish, development does', () => {
  const production = loadConfig(Config, { ...env, NODE_ENV: 'production' });
  expect(() => refuseUnfitMails(production)).not.toThrow();
  const insecure = { ...env, PUBLIC_URL: 'http://latchkey.example' };
  const refused = () => refuseUnfitMails(loadConfig(Config, { ...insecure, NODE_ENV: 'production' }));
  expect(refused).toThrow(ConfigError);
  expect(refused).toThrow('welcome scores 8 (link_insecure: http://latchkey.example/login');
  expect(() => refuseUnfitMails(loadConfig(Config, insecure))).not.toThrow();
});
