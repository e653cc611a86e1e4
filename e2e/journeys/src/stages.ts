import { percentile } from './percentiles.js';

/** What is measured of each stranger, in the order of the story, with what each time means. */
export const stages = {
  signup: 'the signup form is answered',
  verification_mail: 'from that answer to the code in the inbox',
  verified: 'the code is accepted',
  payment_to_active: 'from sending the card form to seeing "active"',
  active_to_welcome_mail: 'from "active" to the welcome mail in the inbox',
  login: 'the login is answered',
  sample_answer: 'the sample question is answered with its source',
  document_indexed: 'from sending the own document until it can be searched',
  own_answer: 'the question about it is answered from it',
  signup_to_activated: 'the whole way, from sending the signup form',
} as const;

export type Stage = keyof typeof stages;

export interface StageFigures {
  count: number;
  p50_ms: number | null;
  p95_ms: number | null;
  p99_ms: number | null;
  max_ms: number | null;
}

/** The times of all strangers, by stage. */
export class StageTimes {
  private readonly times = new Map<Stage, number[]>(stageNames().map((stage) => [stage, []]));

  add(stage: Stage, ms: number): void {
    // The welcome mail may be there before the screen says "active": it then took no time at all.
    this.times.get(stage)?.push(Math.max(0, ms));
  }

  /** Runs one stage and notes how long it took; a stage that fails has no time. */
  async measure<T>(stage: Stage, run: () => Promise<T>): Promise<T> {
    const startedMs = performance.now();
    const result = await run();
    this.add(stage, performance.now() - startedMs);
    return result;
  }

  figures(): Record<Stage, StageFigures> {
    const entries = [...this.times].map(([stage, times]) => [stage, figuresOf(times)] as const);
    return Object.fromEntries(entries) as Record<Stage, StageFigures>;
  }
}

function stageNames(): Stage[] {
  return Object.keys(stages) as Stage[];
}

function figuresOf(times: readonly number[]): StageFigures {
  const at = (percent: number) => rounded(percentile(times, percent));
  return { count: times.length, p50_ms: at(50), p95_ms: at(95), p99_ms: at(99), max_ms: at(100) };
}

function rounded(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms * 10) / 10;
}
