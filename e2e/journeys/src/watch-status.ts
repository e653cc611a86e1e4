import { TenantStatusResponse } from '@latchkey/contracts';
import { setTimeout as sleep } from 'node:timers/promises';
import { open, Refusal, refusalOf, requestJson } from './http.js';
import { OutOfPatience, type Patience } from './patience.js';
import { eventsOf } from './sse.js';

/** Streams beat every 10 s; three missed beats are a dead line. */
const silenceMaxMs = 30_000;
const pollMs = 1_000;

export interface Ending {
  status: TenantStatusResponse;
  /** `performance.now()` when the stranger saw it. */
  seenAtMs: number;
}

/**
 * The waiting screen: follows the tenant's stream until the signup is decided. When the stream cannot be had or breaks, the
 * status endpoint is asked once a second, and each time the stream is tried again.
 */
export class StatusWatch {
  /** Settles when the stream is open, or was found not to open. */
  readonly opened: Promise<void>;
  readonly ending: Promise<Ending>;
  /** How often the status had to be asked for because there was no stream. */
  polls = 0;
  private markOpened: () => void = () => undefined;
  private why = 'the signup stayed undecided';

  constructor(
    private readonly statusUrl: string,
    private readonly patience: Patience,
  ) {
    this.opened = new Promise((resolve) => (this.markOpened = resolve));
    this.ending = this.follow();
    // Whoever never gets to waiting for the ending must not crash the program with its failure.
    this.ending.catch(() => undefined);
  }

  private async follow(): Promise<Ending> {
    while (this.patience.leftMs > 0) {
      const ending = (await this.attempt(() => this.listen())) ?? (await this.attempt(() => this.look()));
      this.markOpened();
      if (ending) return ending;
      await sleep(pollMs);
    }
    throw new OutOfPatience(this.patience.during, this.why);
  }

  /** A look that fails is not the end of the watch, unless the system says that there is nothing to watch. */
  private async attempt(look: () => Promise<Ending | undefined>): Promise<Ending | undefined> {
    try {
      return await look();
    } catch (error) {
      if (error instanceof Refusal && error.status < 500 && error.status !== 429) throw error;
      this.patience.noteFailure(error);
      this.why = error instanceof Error ? error.message : String(error);
      return undefined;
    }
  }

  private async listen(): Promise<Ending | undefined> {
    const url = `${this.statusUrl}/events`;
    const silence = new AbortController();
    const alarm = setTimeout(() => silence.abort(), silenceMaxMs);
    try {
      const signal = AbortSignal.any([silence.signal, this.patience.signal]);
      const response = await open(url, { signal, headers: { accept: 'text/event-stream' } });
      if (!response.ok) throw refusalOf(response, await response.text(), 'GET the status stream');
      this.markOpened();
      for await (const { event, data } of eventsOf(response, () => alarm.refresh())) {
        const ending = event === 'status' && data !== null ? decided(JSON.parse(data)) : undefined;
        if (ending) return ending;
      }
    } finally {
      clearTimeout(alarm);
      silence.abort();
    }
    return undefined;
  }

  private async look(): Promise<Ending | undefined> {
    this.polls += 1;
    return decided(await requestJson(this.statusUrl, TenantStatusResponse, { signal: this.patience.signal }));
  }
}

/** The status when nothing more will happen by itself; a failure that is not yet compensated is not an end. */
function decided(value: unknown): Ending | undefined {
  const status = TenantStatusResponse.parse(value);
  const waiting = ['pending_payment', 'provisioning'].includes(status.status);
  const undoing = status.status === 'provisioning_failed' && !status.compensated;
  return waiting || undoing ? undefined : { status, seenAtMs: performance.now() };
}
