import { expect, test } from '@jest/globals';
import { ConfigError, loadConfig } from '@latchkey/shared/config';
import { Config, guardConfig } from './config.js';

const env = {
  PORT: '0',
  DATABASE_URL: 'postgres://localhost/x',
  NATS_URL: 'nats://localhost:4222',
  PUBLIC_URL: 'http://localhost:4000',
  STRIPE_SECRET_KEY: 'sk_test_123456',
  STRIPE_API_URL: 'http://127.0.0.1:4011',
  STRIPE_WEBHOOK_SECRET: 'whsec_first, whsec_second',
  OPERATOR_TOKEN: 'a token of some length',
};
const guard = (change: Record<string, string>) => () => guardConfig(loadConfig(Config, { ...env, ...change }));

test('a sandbox with a test key is fine, and so is the true Stripe with a live key', () => {
  expect(guard({})).not.toThrow();
  expect(guard({ STRIPE_API_URL: '', STRIPE_SECRET_KEY: 'sk_live_123456', NODE_ENV: 'production' })).not.toThrow();
});

test('a live key is never sent to a sandbox, and production never speaks to one', () => {
  expect(guard({ STRIPE_SECRET_KEY: 'sk_live_123456' })).toThrow(ConfigError);
  expect(guard({ STRIPE_SECRET_KEY: 'rk_live_123456' })).toThrow(ConfigError);
  expect(guard({ NODE_ENV: 'production' })).toThrow(ConfigError);
  expect(guard({ STRIPE_API_URL: 'http://127.0.0.1:4011/v1' })).toThrow(ConfigError);
});

test('a list of webhook secrets is read as a list, and none at all is refused', () => {
  expect(loadConfig(Config, env).STRIPE_WEBHOOK_SECRET).toEqual(['whsec_first', 'whsec_second']);
  expect(guard({ STRIPE_WEBHOOK_SECRET: '' })).toThrow('STRIPE_WEBHOOK_SECRET is missing');
  expect(guard({ STRIPE_WEBHOOK_SECRET: 'a,b' })).toThrow(ConfigError);
});
