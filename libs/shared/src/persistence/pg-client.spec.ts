import { expect, test } from '@jest/globals';
import pg from 'pg';
import { PgClient } from './pg-client.js';

test('a client of a pool knows the password, which the pool keeps out of sight', () => {
  const { options } = new pg.Pool({ user: 'signup', password: 'of the role' });
  expect(Object.keys(options)).not.toContain('password');
  expect(new PgClient(options)).toMatchObject({ user: 'signup', password: 'of the role' });
});
