import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { messageStates } from '../src/messages/message.entity.js';
import { claimMail, markMailSent } from '../src/messages/quick-moves.js';
import { startNotifierWorld, type NotifierWorld } from './notifier-world.js';

let notifier: NotifierWorld;
beforeAll(async () => {
  notifier = await startNotifierWorld();
}, 60_000);
afterAll(() => notifier.stop());

const now = '2026-11-23T03:00:00.000Z';

/** A mail in each state, with whatever a former attempt left behind. */
async function mailsInEachState(): Promise<void> {
  await notifier.service.sql('truncate message, suppression');
  await notifier.service.sql(
    `insert into message (id, template, tenant_id, dedupe_key, fact_data, state, attempts, sendgrid_id, reason, created_at, queued_at, next_attempt_at)
     select 'msg_' || state, 'welcome', 'tenant_' || state, state, '{}', state, 1, 'sg_before', 'outage', $2, $2, $2
     from unnest($1::text[]) as s(state)`,
    [messageStates, now],
  );
}

/** All at once, as members of shared commits, and one by one: the answers have to be the same. */
async function each(together: boolean, move: (state: string) => Promise<boolean>): Promise<string[]> {
  const moved: string[] = [];
  const moves = messageStates.map((state) => async () => {
    const { door } = notifier.service.kit;
    if (await door.commit('move', () => move(state), together ? { sharedBy: state } : {})) moved.push(state);
  });
  if (together) await Promise.all(moves.map((run) => run()));
  else for (const run of moves) await run();
  return moved.toSorted();
}

const rows = () => notifier.service.sql('select * from message order by id');

test.each([true, false])(
  'only a mail that waits is claimed, and counts the attempt (together: %s)',
  async (together) => {
    await mailsInEachState();
    const before = await rows();
    const claim = (state: string) => claimMail({ id: `msg_${state}`, addressHash: 'hash' }, now);
    expect(await each(together, claim)).toEqual(['queued', 'uncertain']);
    expect(await rows()).toMatchObject(
      before.map((row) =>
        row['state'] === 'queued' || row['state'] === 'uncertain'
          ? { ...row, state: 'sending', attempts: 2, next_attempt_at: null, claimed_at: expect.anything() }
          : row,
      ),
    );
    expect(await each(together, claim)).toEqual([]);
  },
);

test('a suppressed address is not claimed, and its company is', async () => {
  await mailsInEachState();
  await notifier.service.sql(`insert into suppression values ('hash_queued', 'bounce', 'msg_old', now())`);
  const claim = (state: string) => claimMail({ id: `msg_${state}`, addressHash: `hash_${state}` }, now);
  expect(await each(true, claim)).toEqual(['uncertain']);
});

test.each([true, false])(
  'what is sent, or was never to be sent, is not marked again (together: %s)',
  async (together) => {
    await mailsInEachState();
    const mark = (state: string) => markMailSent({ id: `msg_${state}`, sendgridId: null }, now);
    expect(await each(together, mark)).toEqual(['failed', 'queued', 'sending', 'uncertain']);
    const [failed] = await rows();
    expect(failed).toMatchObject({ state: 'sent', sendgrid_id: 'sg_before', reason: null, next_attempt_at: null });
    expect(await each(together, mark)).toEqual([]);
  },
);
