import { countUnacknowledged, quiesce, Sandbox, type System } from '@latchkey/chaos/parts';
import { owners, type Owner } from '@latchkey/contracts';
import { addressesFrom, audit, reportOf } from '@latchkey/journeys/parts';
import { setTimeout as sleep } from 'node:timers/promises';
import { Load } from './load.js';
import type { Release } from './release.js';
import type { Left, Outcome } from './report.js';
import type { Deployments, Roll } from './roll.js';

const settleMs = 120_000;
/** The strangers' time before, and between two services, so that each is met by people at every stage. */
const warmUpMs = 10_000;
const betweenMs = 3_000;

export interface RunOptions {
  tenants: number;
  concurrency: number;
  togetherSeconds: number;
  say: (text: string) => void;
}

/** Rolls every service from one release to the other while strangers come, waits for rest, and counts. */
export async function rollUnderLoad(
  system: System,
  deployments: Deployments,
  { from, to }: { from: Release; to: Release },
  { tenants, concurrency, togetherSeconds, say }: RunOptions,
): Promise<Outcome> {
  const beganMs = performance.now();
  const addresses = addressesFrom(system.gateway);
  const sandbox = new Sandbox(system.url('console'));
  const load = new Load(addresses, system.operatorToken);
  load.start(concurrency);
  await sleep(warmUpMs);
  const rolls: Roll[] = [];
  for (const service of owners) {
    const roll = await deployments.roll(service, to, togetherSeconds * 1_000);
    rolls.push(roll);
    say(
      `${service}: ready after ${roll.startMs} ms, the old one ended after ${roll.drain.ms} ms` +
        `; ${load.journeys.length} strangers so far, failed: ${[...load.failed.keys()].join('; ') || 'nothing'}`,
    );
    await sleep(betweenMs);
  }
  await load.end(tenants);
  const durationMs = performance.now() - beganMs;
  say(`${load.journeys.length} strangers have come; waiting for rest`);
  const findings = await audit(load.journeys, {
    addresses,
    operatorToken: system.operatorToken,
    settleMs,
    onProgress: () => undefined,
  });
  const moving = await quiesce(system, sandbox, settleMs);
  const attempts = (await sandbox.webhooks()).flatMap((webhook) => webhook.attempts);
  const { made, refused } = deployments.connections;
  return {
    from: from.name,
    to: to.name,
    together_seconds: togetherSeconds,
    rolls,
    died: deployments.dead,
    requests: {
      polls: load.polls,
      failed: Object.fromEntries(load.failed),
      connections: made,
      connections_refused: refused,
      webhooks_failed: attempts.filter(({ status }) => status === null || status >= 300).length,
    },
    redelivered: await deployments.redelivered(),
    strangers: reportOf({ journeys: load.journeys, findings, times: load.times, retries: load.failed, durationMs }),
    left: { ...(await leftIn(system)), moving },
    seconds: durationMs / 1_000,
  };
}

async function leftIn(system: System): Promise<Omit<Left, 'moving'>> {
  const counts = await Promise.all(owners.map((owner) => countIn(system, owner)));
  const sum = (of: keyof Counts) => counts.reduce((total, each) => total + each[of], 0);
  return {
    unacknowledged: await countUnacknowledged(system.natsUrl),
    unpublished: sum('unpublished'),
    dead_letters: sum('dead_letters'),
    dead_jobs: sum('dead_jobs'),
  };
}

interface Counts {
  unpublished: number;
  dead_letters: number;
  dead_jobs: number;
}

async function countIn(system: System, owner: Owner): Promise<Counts> {
  const [row] = await system.sql<Counts & Record<string, unknown>>(
    owner,
    `select (select count(*)::int from kit.outbox where published_at is null) as unpublished,
       (select count(*)::int from kit.dead_letter) as dead_letters,
       (select count(*)::int from pgboss.job where name = 'dead-jobs') as dead_jobs`,
  );
  return row!;
}
