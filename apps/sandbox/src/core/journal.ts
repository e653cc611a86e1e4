import { Collection } from './store.js';

/** One vendor request as `GET /_sim/requests` shows it. Bodies are never kept: they hold what people typed. */
export interface JournalEntry {
  seq: number;
  at: string;
  vendor: string;
  method: string;
  path: string;
  status: number;
  duration_ms: number;
  idempotency_key?: string;
  effects?: { kind: string; key: string }[];
  fault?: string;
}

/** Something that really happened at a vendor, once: the unit that exactly-once audits count. */
export interface Effect {
  seq: number;
  at: string;
  kind: string;
  key: string;
  detail: Record<string, unknown>;
}

const RING_SIZE = 50_000;

/** What was asked (a bounded ring) and what happened (the effect ledger, unbounded and kept over restarts). */
export class Journal {
  private ring: JournalEntry[] = [];
  private seq = 0;
  private effectSeq: number;

  constructor(private readonly ledger: Collection<Effect>) {
    this.effectSeq = ledger.size;
  }

  open(entry: Omit<JournalEntry, 'seq'>): JournalEntry {
    const opened = { seq: ++this.seq, ...entry };
    this.ring.push(opened);
    // Halving now and then is cheaper than shifting 50,000 entries at every request.
    if (this.ring.length > RING_SIZE * 2) this.ring = this.ring.slice(-RING_SIZE);
    return opened;
  }

  recordEffect(effect: Omit<Effect, 'seq'>): void {
    const seq = ++this.effectSeq;
    this.ledger.set(String(seq), { seq, ...effect });
  }

  requests(filter: {
    vendor?: string;
    method?: string;
    path?: string;
    since?: number;
    limit?: number;
  }): JournalEntry[] {
    const found = this.ring.filter(
      (entry) =>
        (filter.vendor === undefined || entry.vendor === filter.vendor) &&
        (filter.method === undefined || entry.method === filter.method.toUpperCase()) &&
        (filter.path === undefined || entry.path.startsWith(filter.path)) &&
        (filter.since === undefined || entry.seq > filter.since),
    );
    return found.slice(-(filter.limit ?? 1000));
  }

  effects(filter: { kind?: string; key?: string }): Effect[] {
    return [...this.ledger.values()].filter(
      (effect) =>
        (filter.kind === undefined || effect.kind === filter.kind) &&
        (filter.key === undefined || effect.key === filter.key),
    );
  }

  effectCounts(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const effect of this.ledger.values()) counts[effect.kind] = (counts[effect.kind] ?? 0) + 1;
    return counts;
  }

  clear(): void {
    this.ring = [];
    this.effectSeq = 0;
    this.ledger.clear();
  }
}
