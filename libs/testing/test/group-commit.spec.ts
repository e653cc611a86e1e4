import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { EmailSent, TenantSignedUp } from '@latchkey/contracts';
import { newEventId, newId } from '@latchkey/shared/ids';
import { enqueue } from '@latchkey/shared/jobs';
import { currentScope, newScope, runInScope } from '@latchkey/shared/observability';
import { afterCommit, lastly, record, sql } from '@latchkey/shared/persistence';
import type { RunningService } from '@latchkey/shared/service';
import { startWorld, type World } from '../src/index.js';
import { behaviour, probe, ProbeJob } from './probe-service.js';

/** Work of different tenants that waits at the same time shares a transaction (persistence/group-commit.ts); this is what must still hold. */
let world: World;
let service: RunningService;

jest.setTimeout(60_000);

beforeAll(async () => {
  world = await startWorld();
  service = await world.start(probe);
});
beforeEach(async () => {
  behaviour.onJob = async (_data, run) => run.commit(() => undefined);
  await service.sql('truncate effect');
});
afterAll(() => world.stop());

const note = (text: string) => sql('insert into effect (note, tenant_id) values ($1, txid_current()::text)', [text]);
const share = <T>(key: string, fn: () => Promise<T> | T) => service.kit.door.commit('spec', fn, { sharedBy: key });
const numbers = (count: number) => Array.from({ length: count }, (_, index) => String(index));
const effects = () =>
  service.sql<{ note: string; transaction: string }>(
    'select note, tenant_id as transaction from effect order by note::int',
  );

test('each has its effect, its result, its facts and its jobs under its own cause, in far fewer transactions', async () => {
  const tenants = numbers(40).map(() => newId('tenant'));
  const told: string[] = [];
  const results = await Promise.all(
    tenants.map((tenant, index) =>
      runInScope(newScope({ correlationId: `req_${tenant}`, tenantId: tenant }), () =>
        share(tenant, async () => {
          await note(String(index));
          record(EmailSent, tenant, { message_id: newId('msg'), template: 'probe' });
          enqueue(ProbeJob, { note: tenant });
          afterCommit(() => told.push(tenant));
          return currentScope()?.tenantId;
        }),
      ),
    ),
  );
  expect(results).toEqual(tenants);
  expect(told.sort()).toEqual([...tenants].sort());
  const rows = await effects();
  expect(rows.map((row) => row.note)).toEqual(numbers(40));
  expect(new Set(rows.map(({ transaction }) => transaction)).size).toBeLessThan(10);
  const facts = await service.sql<{ tenant_id: string; cause: string }>(
    `select tenant_id, headers->>'correlation-id' as cause from kit.outbox where tenant_id = any($1)`,
    [tenants],
  );
  expect(facts.map(({ tenant_id, cause }) => [tenant_id, cause]).sort()).toEqual(
    tenants.map((tenant) => [tenant, `req_${tenant}`]).sort(),
  );
  const jobs = await service.sql<{ data: { note: string; _scope: { t: string } } }>(
    `select data from pgboss.job where name = 'probe'`,
  );
  expect(jobs.filter(({ data }) => data.note === data._scope.t)).toHaveLength(tenants.length);
  await world.drain();
});

test('a failing one fails alone, with its own error, and leaves nothing behind', async () => {
  const outcomes = await Promise.allSettled(
    numbers(30).map((number) =>
      share(number, async () => {
        await note(number);
        if (number === '7') throw new Error('seven');
        if (number === '11') await sql('select 1/0');
        if (number === '13')
          lastly(async () => {
            await note('not a number at all, and never written');
            throw new Error('thirteen');
          });
        return number;
      }),
    ),
  );
  const failed = outcomes.flatMap((outcome, index) => (outcome.status === 'rejected' ? [index] : []));
  expect(failed).toEqual([7, 11, 13]);
  expect(outcomes[7]).toMatchObject({ reason: { message: 'seven' } });
  expect(outcomes[11]).toMatchObject({ reason: { message: 'division by zero' } });
  expect((await effects()).map((row) => row.note)).toEqual(numbers(30).filter((n) => !failed.includes(Number(n))));
});

test('two pieces of work of one tenant never share a transaction, and run in the order they came in', async () => {
  await Promise.all(numbers(8).map((number) => share('same', () => note(number))));
  const rows = await effects();
  expect(new Set(rows.map(({ transaction }) => transaction)).size).toBe(8);
  const order = [...rows].sort((a, b) => Number(a.transaction) - Number(b.transaction));
  expect(order.map((row) => row.note)).toEqual(numbers(8));
});

test('of events that are delivered twice, all at once, each has one effect', async () => {
  const told = numbers(24).map((number) => ({ number, tenant: newId('tenant'), id: newEventId() }));
  const data = { plan: 'starter', region: 'eu', terms_version: '1' } as const;
  const publish = () =>
    told.map(({ number, tenant, id }) =>
      world.publish(TenantSignedUp, tenant, { ...data, verification_id: number }, id),
    );
  await Promise.all([...publish(), ...publish()]);
  await world.drain();
  expect(
    (await service.sql<{ note: string }>('select note from effect order by note::int')).map((row) => row.note),
  ).toEqual(numbers(24));
});

test('of jobs that end together, the one whose claim was lost commits nothing, and the others do', async () => {
  const tenants = numbers(4).map(() => newId('tenant'));
  const [lost] = tenants as [string];
  let started = 0;
  let go = () => {};
  const allStarted = new Promise<void>((resolve) => (go = resolve));
  behaviour.onJob = async ({ note: tenant }, run) => {
    if (run.attempt === 1) {
      if (++started === tenants.length) go();
      await allStarted;
      if (tenant === lost)
        await service.sql(`update pgboss.job set retry_count = retry_count + 1 where name = 'probe' and id = $1`, [
          run.id,
        ]);
    }
    await run.commit(async () => {
      await sql('insert into effect (note, tenant_id) values ($1, $1)', [tenant]);
    });
  };
  for (const tenant of tenants)
    await runInScope(newScope({ tenantId: tenant }), () => share(tenant, () => enqueue(ProbeJob, { note: tenant })));
  await allStarted;
  const written = async () =>
    (await service.sql<{ note: string }>('select note from effect')).map((row) => row.note).sort();
  const deadline = performance.now() + 10_000;
  while ((await written()).length < 3 && performance.now() < deadline) await new Promise((r) => setTimeout(r, 20));
  expect(await written()).toEqual(tenants.filter((tenant) => tenant !== lost).sort());
  await service.sql(`delete from pgboss.job where name = 'probe'`);
});
