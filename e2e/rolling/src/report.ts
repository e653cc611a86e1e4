import type { Report } from '@latchkey/journeys/parts';
import { cpus } from 'node:os';
import type { Roll } from './roll.js';

/** What is left when everything has come to rest. */
export interface Left {
  unacknowledged: number;
  unpublished: number;
  dead_letters: number;
  dead_jobs: number;
  /** What was still moving when waiting ended. */
  moving: string[];
}

export interface Outcome {
  from: string;
  to: string;
  together_seconds: number;
  rolls: Roll[];
  /** Services whose process ended without being told to. */
  died: string[];
  requests: {
    polls: number;
    /** Of polls and strangers, by what it was and why. */
    failed: Record<string, number>;
    connections: number;
    connections_refused: number;
    /** Tries of Stripe to deliver a webhook that got no answer or one that is not 2xx. */
    webhooks_failed: number;
  };
  /** Events that an old replica gave back or left, handled by the one after it: not lost, but later. */
  redelivered: number;
  strangers: Report;
  left: Left;
  seconds: number;
}

export function failedRequests({ requests }: Outcome): number {
  const { failed, connections_refused: refused, webhooks_failed: webhooks } = requests;
  return Object.values(failed).reduce((sum, count) => sum + count, 0) + refused + webhooks;
}

/** Every reason why this was no clean roll; none when it was. */
export function reasonsAgainst(outcome: Outcome): string[] {
  const { rolls, died, requests, strangers, left } = outcome;
  const counts: [number, string][] = [
    [requests.connections_refused, 'connections refused'],
    [requests.webhooks_failed, 'webhooks not taken at the first try'],
    [strangers.lost, 'strangers lost'],
    [strangers.doubled, 'strangers with a doubled effect'],
    [left.unacknowledged, 'events not acknowledged'],
    [left.unpublished, 'facts not published'],
    [left.dead_letters, 'dead letters'],
    [left.dead_jobs, 'dead jobs'],
  ];
  return [
    ...Object.entries(requests.failed).map(([what, count]) => `${count} × ${what}`),
    ...counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`),
    ...rolls
      .filter(({ drain }) => !drain.byItself || drain.exitCode !== 0)
      .map(({ service, drain }) =>
        drain.byItself ? `${service} ended with exit code ${drain.exitCode}` : `${service} had to be killed`,
      ),
    ...died.map((service) => `${service} ended without being told to`),
    ...left.moving.map((what) => `still moving: ${what}`),
  ];
}

/** The report as a person reads it, in a terminal and in the documentation. */
export function page(outcome: Outcome, command: string): string {
  const { from, to, rolls, requests, strangers, left, together_seconds: together, seconds } = outcome;
  const paid = strangers.stages.payment_to_active;
  const duration = (ms: number | null) => (ms === null ? 'none' : `${(ms / 1_000).toFixed(1)} s`);
  const against = reasonsAgainst(outcome);
  const rows = [
    ['requests failed', `${failedRequests(outcome)} of ${requests.polls} polls, and whatever the strangers sent`],
    ['connections', `${requests.connections}, of which refused ${requests.connections_refused}`],
    ['webhooks not taken at the first try', String(requests.webhooks_failed)],
    [
      'strangers',
      `${strangers.tenants}: ${strangers.activated} activated, ${strangers.compensated} compensated, ${strangers.lost} lost, ${strangers.doubled} doubled`,
    ],
    ['payment to active', `p50 ${duration(paid.p50_ms)}, p99 ${duration(paid.p99_ms)}, max ${duration(paid.max_ms)}`],
    ['events handed on by old replicas', String(outcome.redelivered)],
    [
      'left',
      `${left.unacknowledged} events not acknowledged, ${left.unpublished} facts not published, ${left.dead_letters} dead letters, ${left.dead_jobs} dead jobs`,
    ],
    ...rolls.map(({ service, startMs, drain }) => [
      service,
      `new one ready after ${duration(startMs)}; old one ended ${drain.byItself ? 'by itself' : 'BY SIGKILL'} ${duration(drain.ms)} after SIGTERM, exit code ${drain.exitCode}`,
    ]),
  ];
  return [
    `\`${command}\`, ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC, ${cpus().length} cores, ${Math.round(seconds)} s. ` +
      (from === to ? `Commit ${to}, replaced by itself` : `From ${from} to ${to}`) +
      `; both replicas of a service worked side by side for ${together} s before the old one was told to end, 5 s of which it still took requests.`,
    '',
    '|   |   |',
    '| --- | --- |',
    ...rows.map(([what, value]) => `| ${what} | ${value} |`),
    '',
    against.length === 0 ? 'Nothing failed, nobody was lost.' : `**Not clean**: ${against.join('; ')}.`,
    '',
  ].join('\n');
}
