import { expect, test } from '@jest/globals';
import { Log } from './logger.js';
import { newScope, runInScope } from './scope.js';

function capture(write: (log: Log) => void): Record<string, unknown> & { text: string } {
  const lines: string[] = [];
  write(new Log('spec', 'info', { write: (line: string) => void lines.push(line) }));
  return { ...(JSON.parse(lines[0] ?? '{}') as Record<string, unknown>), text: lines.join('') };
}

test('personal data and secrets are cut, wherever they stand', () => {
  const { text } = capture((log) =>
    log.info('x', {
      email: 'a@b.example',
      body: { password: 'hunter2', user: { refresh_token: 'rt-1' } },
      headers: { authorization: 'Bearer t-1' },
    }),
  );
  for (const secret of ['a@b.example', 'hunter2', 'rt-1', 't-1']) expect(text).not.toContain(secret);
});

test('secrets are cut in an error and in a list too, and what was logged is not changed', () => {
  const error = Object.assign(new Error('refused'), { token: 'st-1', request: { api_key: 'ak-1', path: '/x' } });
  const list = [{ secret: 's-1' }, { name: 'kept' }];
  const line = capture((log) => log.warn('x', { err: error, list }));
  for (const secret of ['st-1', 'ak-1', 's-1']) expect(line.text).not.toContain(secret);
  expect(line).toMatchObject({
    err: { type: 'Error', message: 'refused', stack: expect.stringContaining('refused'), request: { path: '/x' } },
    list: [{ secret: '[cut]' }, { name: 'kept' }],
  });
  expect([error.token, list[0]]).toEqual(['st-1', { secret: 's-1' }]);
});

test('an error keeps the code that says what went wrong', () => {
  const error = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
  expect(capture((log) => log.warn('x', { err: error })).text).toContain('ECONNREFUSED');
});

test.each(['a text', 7, null, undefined])('what was thrown and is no error (%s) is logged too', (thrown) => {
  expect(capture((log) => log.warn('it broke', { err: thrown }))).toMatchObject({ msg: 'it broke' });
});

test('a line carries the ids of what it belongs to', () => {
  const scope = newScope({ correlationId: 'req_1', tenantId: 'tenant_1' });
  const line = runInScope(scope, () => capture((log) => log.info('x')));
  expect(line).toMatchObject({
    service: 'spec',
    request_id: 'req_1',
    tenant_id: 'tenant_1',
    trace: scope.traceparent.slice(3, 35),
  });
});

test('a malformed traceparent starts a new trace, a good one is continued', () => {
  const parent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  expect(newScope({ traceparent: parent }).traceparent).toMatch(
    /^00-0af7651916cd43dd8448eb211c80319c-(?!b7ad6b7169203331)/,
  );
  expect(newScope({ traceparent: 'garbage' }).traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
});

test('a line break in a value cannot forge a second line', () => {
  expect(
    capture((log) => log.info('x', { path: '/a\n{"level":"fatal"}' }))
      .text.trim()
      .split('\n'),
  ).toHaveLength(1);
});
