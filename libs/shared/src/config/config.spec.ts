import { expect, test } from '@jest/globals';
import { CommonConfig, ConfigError, loadConfig } from './config.js';

const complete = {
  PORT: '4000',
  DATABASE_URL: 'postgres://x',
  NATS_URL: 'nats://x',
  PUBLIC_URL: 'http://localhost:4000',
};

test('numbers arrive as numbers and defaults are filled in', () => {
  expect(loadConfig(CommonConfig, complete)).toMatchObject({ PORT: 4000, HOST: '127.0.0.1', EVENT_TRIES_MAX: 8 });
});

test('one sentence names every variable that is missing, empty or wrong', () => {
  const load = () => loadConfig(CommonConfig, { ...complete, PORT: 'many', NATS_URL: '', DATABASE_URL: undefined });
  expect(load).toThrow(ConfigError);
  expect(load).toThrow(/PORT is not valid: .*; DATABASE_URL is missing; NATS_URL is missing\.$/);
});

test('a value is never repeated in the complaint: it may be a secret', () => {
  const load = () => loadConfig(CommonConfig, { ...complete, DATABASE_URL: 'mysql://user:hunter2@host' });
  expect(load).toThrow(/DATABASE_URL is not valid/);
  expect(load).not.toThrow(/hunter2/);
});
