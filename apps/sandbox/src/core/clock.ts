import type { Collection } from './store.js';

export interface AgendaItem {
  seq: number;
  atMs: number;
  kind: string;
  key: string;
}

/** setTimeout overflows above 2^31-1 ms; waking up once an hour for nothing costs nothing. */
const MAX_TIMER_MS = 3_600_000;

/**
 * The sandbox's own time: real time plus an offset that only ever grows. Due work is data (kind, key), not closures,
 * so that it survives a restart; whoever owns a kind registers the handler and checks the object's state when it fires.
 */
export class SimClock {
  private offsetMs = 0;
  private agenda: AgendaItem[] = [];
  private readonly handlers = new Map<string, (key: string) => void>();
  private timer: NodeJS.Timeout | undefined;
  private frozenAtMs: number | undefined;
  private closed = false;
  private seq = 0;

  constructor(
    private readonly saved: Collection<AgendaItem>,
    private readonly settings: Collection<number>,
    private readonly atomically: (work: () => void) => void,
  ) {
    this.offsetMs = settings.get('offsetMs') ?? 0;
    this.agenda = [...saved.values()].sort((a, b) => a.atMs - b.atMs || a.seq - b.seq);
    this.seq = this.agenda.reduce((highest, item) => Math.max(highest, item.seq), 0);
  }

  /** Begins to run due work. Before this, everybody has registered with `on`, so that nothing overdue is lost. */
  start(): void {
    this.arm();
  }

  /** Virtual milliseconds since 1970. While due work runs during an advance, this is the moment that work was due. */
  nowMs(): number {
    return this.frozenAtMs ?? Date.now() + this.offsetMs;
  }

  /** Virtual unix seconds, the unit Stripe and OpenAI speak. */
  nowSeconds(): number {
    return Math.floor(this.nowMs() / 1000);
  }

  /** Registers who does the work of a kind. Handlers must not throw and must tolerate work that is no longer needed. */
  on(kind: string, handler: (key: string) => void): void {
    this.handlers.set(kind, handler);
  }

  /** Puts work on the agenda. Work due in the past runs on the next turn of the event loop. */
  schedule(atMs: number, kind: string, key: string): void {
    let low = 0;
    let high = this.agenda.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.agenda[middle]?.atMs ?? 0) <= atMs) low = middle + 1;
      else high = middle;
    }
    const item = { seq: ++this.seq, atMs, kind, key };
    this.agenda.splice(low, 0, item);
    this.saved.set(String(item.seq), item);
    if (low === 0 && this.frozenAtMs === undefined && this.timer !== undefined) this.arm();
  }

  /** Moves time forward, running everything that falls due in the order it is due. Returns how much work ran. */
  advanceTo(targetMs: number): number {
    const target = Math.max(targetMs, this.nowMs());
    const ran = this.runUntil(target);
    this.offsetMs = target - Date.now();
    this.settings.set('offsetMs', this.offsetMs);
    this.arm();
    return ran;
  }

  pending(): readonly AgendaItem[] {
    return this.agenda;
  }

  offset(): number {
    return this.offsetMs;
  }

  /** Forgets time and work; the store that holds both is emptied by the caller. */
  reset(): void {
    this.offsetMs = 0;
    this.agenda = [];
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
  }

  private runUntil(targetMs: number): number {
    let ran = 0;
    for (let next = this.agenda[0]; next !== undefined && next.atMs <= targetMs; next = this.agenda[0]) {
      this.agenda.shift();
      // An overdue item (a restart, a late timer) runs at the present, never in the past.
      this.frozenAtMs = Math.max(next.atMs, Date.now() + this.offsetMs);
      try {
        // The work and its removal from the agenda are one change: a kill neither repeats nor loses it.
        this.atomically(() => {
          this.handlers.get(next.kind)?.(next.key);
          this.saved.delete(String(next.seq));
        });
      } finally {
        this.frozenAtMs = undefined;
      }
      // Later work of the same advance must not see an earlier time than this one did.
      this.offsetMs = Math.max(this.offsetMs, next.atMs - Date.now());
      ran += 1;
    }
    return ran;
  }

  private arm(): void {
    clearTimeout(this.timer);
    if (this.closed) return;
    const next = this.agenda[0]?.atMs ?? Number.POSITIVE_INFINITY;
    const waitMs = Math.min(Math.max(next - this.nowMs(), 0), MAX_TIMER_MS);
    this.timer = setTimeout(() => {
      this.runUntil(this.nowMs());
      this.arm();
    }, waitMs);
    this.timer.unref();
  }
}
