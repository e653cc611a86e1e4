import { setTimeout as sleep } from 'node:timers/promises';
import type { Part, RunningPart } from './part.js';

/** What happens to a part, told as it happens. */
export interface Happening {
  part: Part;
  what: 'starting' | 'ready' | 'unhealthy' | 'ended' | 'back' | 'crash-loop' | 'stopped' | 'killed';
  detail?: string;
  lastWords?: string[];
}

export interface Patience {
  /** First pause before a part that died is started again; it doubles with every death in a row. */
  firstPauseMs: number;
  longestPauseMs: number;
  /** A part that lived this long starts again with the first pause. */
  recoveredAfterMs: number;
  /** So many deaths in a row are called a crash loop. */
  crashLoopAfter: number;
  /** How often a running part is asked whether it does its work, and after how many bad answers in a row it is started again. */
  healthEveryMs: number;
  unhealthyAfter: number;
}

const usualPatience: Patience = {
  firstPauseMs: 250,
  longestPauseMs: 10_000,
  recoveredAfterMs: 30_000,
  crashLoopAfter: 4,
  healthEveryMs: 4_000,
  unhealthyAfter: 3,
};

interface State {
  readonly part: Part;
  running: RunningPart | undefined;
  /** Settles the attempt under way, so that a drain does not overlook a process that is just being born. */
  attempt: Promise<unknown>;
  up: PromiseWithResolvers<void>;
  deathsInARow: number;
}

/**
 * Starts parts side by side where their order allows, starts again what dies, and stops everything in reverse order.
 * It never gives up on a part that was up once: what cannot be restarted now may be possible in ten seconds.
 */
export class Supervisor {
  readonly #states: Map<string, State>;
  readonly #ending = new AbortController();
  readonly #patience: Patience;

  constructor(
    parts: readonly Part[],
    private readonly announce: (happening: Happening) => void,
    patience: Partial<Patience> = {},
  ) {
    this.#patience = { ...usualPatience, ...patience };
    this.#states = new Map(
      parts.map((part) => [
        part.name,
        { part, running: undefined, attempt: Promise.resolve(), up: Promise.withResolvers<void>(), deathsInARow: 0 },
      ]),
    );
  }

  /** Resolves when every part is ready; rejects with the first part's reason why it cannot. Call `drain` in either case. */
  async start(): Promise<void> {
    await Promise.all([...this.#states.values()].map((state) => this.#bringUp(state, 'ready')));
  }

  /** Stops every part after those that may still use it. A start that is under way is given up. */
  async drain(): Promise<void> {
    this.#ending.abort();
    await Promise.all([...this.#states.values()].map((state) => state.attempt.catch(() => undefined)));
    const left = new Set([...this.#states.values()].filter((state) => state.running));
    while (left.size > 0) {
      const layer = [...left].filter(
        (state) => ![...left].some((other) => other !== state && needs(other.part, state.part)),
      );
      // Parts that use each other have no last one: they go together.
      const next = layer.length > 0 ? layer : [...left];
      await Promise.all(next.map((state) => this.#stop(state)));
      for (const state of next) left.delete(state);
    }
  }

  /** For the second Ctrl-C: no part is asked any more. */
  killAll(): void {
    this.#ending.abort();
    for (const { running } of this.#states.values()) running?.kill();
  }

  async #bringUp(state: State, word: 'ready' | 'back'): Promise<void> {
    const ending = this.#ending.signal;
    await Promise.race([Promise.all(state.part.waitsFor.map((name) => this.#upOf(name))), aborted(ending)]);
    if (ending.aborted) return;
    if (word === 'ready') this.announce({ part: state.part, what: 'starting' });
    const attempt = state.part.start(ending);
    state.attempt = attempt;
    const running = await attempt;
    state.running = running;
    const bornMs = performance.now();
    void running.ended.then((how) => this.#onEnd(state, how, performance.now() - bornMs));
    void this.#watch(state, running);
    state.up.resolve();
    this.announce({ part: state.part, what: word });
  }

  /** Ends a part that runs without doing its work; like every part that ended, it is then started again. */
  async #watch(state: State, running: RunningPart): Promise<void> {
    if (!running.isHealthy) return;
    const { healthEveryMs, unhealthyAfter } = this.#patience;
    for (let bad = 0; bad < unhealthyAfter;) {
      await sleep(healthEveryMs, undefined, { signal: this.#ending.signal, ref: false }).catch(() => undefined);
      if (this.#ending.signal.aborted || state.running !== running) return;
      // A question that fails is a bad answer: it must not end the watch, let alone us.
      const healthy = await running.isHealthy().catch(() => false);
      bad = healthy ? 0 : bad + 1;
    }
    if (this.#ending.signal.aborted || state.running !== running) return;
    this.announce({
      part: state.part,
      what: 'unhealthy',
      detail: 'it runs but does not do its work; starting it again',
    });
    await running.stop();
  }

  #upOf(name: string): Promise<void> {
    // A part that is not there is one the user brings himself (DATABASE_URL_..., NATS_URL).
    return this.#states.get(name)?.up.promise ?? Promise.resolve();
  }

  async #onEnd(state: State, how: string, livedMs: number): Promise<void> {
    const last = state.running;
    state.running = undefined;
    if (this.#ending.signal.aborted) return;
    state.up = Promise.withResolvers<void>();
    if (livedMs > this.#patience.recoveredAfterMs) state.deathsInARow = 0;
    this.announce({ part: state.part, what: 'ended', detail: how });
    await this.#revive(state, (await last?.lastWords()) ?? []);
  }

  async #revive(state: State, lastWords: string[]): Promise<void> {
    const { firstPauseMs, longestPauseMs, crashLoopAfter } = this.#patience;
    for (;;) {
      state.deathsInARow += 1;
      const pauseMs = Math.min(firstPauseMs * 2 ** (state.deathsInARow - 1), longestPauseMs);
      if (state.deathsInARow % crashLoopAfter === 0)
        this.announce({
          part: state.part,
          what: 'crash-loop',
          detail: `it ended ${state.deathsInARow} times in a row; the next try is in ${(pauseMs / 1000).toFixed(1)} s`,
          lastWords,
        });
      await sleep(pauseMs, undefined, { signal: this.#ending.signal }).catch(() => undefined);
      if (this.#ending.signal.aborted) return;
      try {
        await this.#bringUp(state, 'back');
        return;
      } catch (error) {
        if (this.#ending.signal.aborted) return;
        lastWords = [error instanceof Error ? error.message : String(error)];
      }
    }
  }

  async #stop(state: State): Promise<void> {
    const running = state.running;
    if (!running) return;
    const polite = await running.stop();
    state.running = undefined;
    this.announce({ part: state.part, what: polite ? 'stopped' : 'killed' });
  }
}

function needs(one: Part, other: Part): boolean {
  return one.waitsFor.includes(other.name) || one.uses.includes(other.name);
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
