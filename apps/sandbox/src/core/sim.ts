import { AsyncLocalStorage } from 'node:async_hooks';
import { SimClock } from './clock.js';
import { type FaultAction, Faults } from './faults.js';
import { type Effect, Journal, type JournalEntry } from './journal.js';
import { type Codec, Collection, Store } from './store.js';

interface CurrentRequest {
  entry: JournalEntry;
  fault: FaultAction | undefined;
}

export type VendorName = 'stripe' | 'pinecone' | 'openai' | 'sendgrid' | 'captcha';

/** One sandbox: its memory, its time, its journal and its faults. Everything a vendor needs comes through here. */
export class Sim {
  readonly clock: SimClock;
  readonly faults = new Faults();
  readonly journal: Journal;
  /** Milliseconds every call to a vendor takes at least; absent means none. */
  readonly latencyMs = new Map<string, number>();
  /** Filled when the servers listen; vendors build absolute links from it. */
  readonly ports: Partial<Record<VendorName | 'console', number>> = {};
  /** The address the servers bind. */
  readonly host: string;
  private readonly store: Store;
  private readonly requests = new AsyncLocalStorage<CurrentRequest>();
  private readonly rooms = new Map<string, unknown>();
  private readonly onReset: (() => void)[] = [];
  private readonly onClose: (() => void)[] = [];

  constructor(readonly env: Readonly<Record<string, string | undefined>>) {
    this.host = env['SANDBOX_HOST'] ?? '127.0.0.1';
    this.store = new Store(env['SANDBOX_DATA_DIR'] || undefined);
    this.journal = new Journal(this.store.collection<Effect>('core.effects'));
    this.clock = new SimClock(this.store.collection('core.agenda'), this.store.collection('core.clock'), (work) =>
      this.store.atomically(work),
    );
  }

  /** A persistent map. The same name gives the same collection, so several files of a vendor can open it. */
  collection<T>(name: string, codec?: Codec<T>): Collection<T> {
    return this.store.collection(name, codec);
  }

  /** Makes the changes of synchronous `work` all-or-nothing for a kill; send the answer after it, not inside. */
  atomically<T>(work: () => T): T {
    return this.store.atomically(work);
  }

  /** One instance per sandbox of whatever a vendor's API router and its console router share. */
  once<T>(key: string, make: () => T): T {
    if (!this.rooms.has(key)) this.rooms.set(key, make());
    return this.rooms.get(key) as T;
  }

  /** Records that something really happened (customer.created, mail.sent ...), keyed by what must be unique. */
  effect(kind: string, key: string, detail: Record<string, unknown> = {}): void {
    this.journal.recordEffect({ at: new Date(this.clock.nowMs()).toISOString(), kind, key, detail });
    const entry = this.requests.getStore()?.entry;
    if (entry) (entry.effects ??= []).push({ kind, key });
  }

  /** The fault that a vendor has to carry out itself (stale-read, mail-outcome) for the request being served. */
  currentFault(): FaultAction | undefined {
    return this.requests.getStore()?.fault;
  }

  /** Serves one request with its journal entry and fault in reach of `effect` and `currentFault`. */
  serve(entry: JournalEntry, fault: FaultAction | undefined, run: () => void): void {
    this.requests.run({ entry, fault }, run);
  }

  /** The address to put into links; inside a container the bound one is of no use to a browser. */
  url(server: VendorName | 'console'): string {
    return `http://${this.env['SANDBOX_PUBLIC_HOST'] || this.host}:${this.ports[server] ?? 0}`;
  }

  /** For caches outside collections: called after a reset has emptied the collections (seed data goes here too). */
  whenReset(listener: () => void): void {
    this.onReset.push(listener);
  }

  /** For timers and sockets of a vendor's own. */
  whenClosed(listener: () => void): void {
    this.onClose.push(listener);
  }

  reset(): void {
    this.faults.clear();
    this.clock.reset();
    this.store.clear();
    this.journal.clear();
    for (const listener of this.onReset) listener();
  }

  close(): void {
    for (const listener of this.onClose) listener();
    this.clock.close();
    this.store.close();
  }
}
