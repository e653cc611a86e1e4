import type { Sim } from '../core/sim.js';
import type { Collection } from '../core/store.js';
import type { Metadata, Predicate } from './filter.js';

/** One stored vector. Never changed in place: a later write makes a new record, so older views keep theirs. */
export interface VectorRecord {
  readonly id: string;
  readonly values: Float32Array;
  readonly metadata: Metadata | undefined;
  readonly lsn: number;
  readonly writtenAtMs: number;
}

interface NamespaceEntry {
  readonly name: string;
  readonly schema?: unknown;
}

interface PendingWrite {
  readonly lsn: number;
  readonly visibleAtMs: number;
  readonly changes: ReadonlyMap<string, VectorRecord | undefined>;
}

/** What a read may see, and up to which write it has seen everything. */
export interface View {
  readonly records: ReadonlyMap<string, VectorRecord>;
  readonly maxIndexedLsn: number;
}

const rowKey = (namespace: string, id: string) => `${namespace}\n${id}`;

/**
 * One namespace in two states: what was written, and what reads can see. A write becomes visible after its delay, in
 * the order of the log sequence numbers (LSN), as the vendor's index catches up with its log (VENDORS 2.4).
 */
class Namespace {
  readonly written = new Map<string, VectorRecord>();
  readonly #visible = new Map<string, VectorRecord>();
  #pending: PendingWrite[] = [];

  constructor(readonly entry: NamespaceEntry) {}

  /** A record that was there before this process started: whatever delay it had is over. */
  restore(record: VectorRecord): void {
    this.written.set(record.id, record);
    this.#visible.set(record.id, record);
  }

  write(changes: ReadonlyMap<string, VectorRecord | undefined>, lsn: number, visibleAtMs: number): void {
    apply(changes, this.written);
    this.#pending.push({ changes, lsn, visibleAtMs });
  }

  view(nowMs: number, lastLsn: number, hiddenForMs: number): View {
    let next = this.#pending[0];
    while (next !== undefined && next.visibleAtMs <= nowMs) {
      apply(next.changes, this.#visible);
      this.#pending.shift();
      next = this.#pending[0];
    }
    const maxIndexedLsn = next === undefined ? lastLsn : next.lsn - 1;
    if (hiddenForMs === 0) return { records: this.#visible, maxIndexedLsn };
    // A stale replica has not heard of the last writes yet.
    const all = [...this.#visible];
    const known = all.filter(([, record]) => record.writtenAtMs <= nowMs - hiddenForMs);
    const firstUnknown = all.reduce(
      (lowest, [, record]) => (record.writtenAtMs > nowMs - hiddenForMs ? Math.min(lowest, record.lsn) : lowest),
      maxIndexedLsn + 1,
    );
    return { records: new Map(known), maxIndexedLsn: firstUnknown - 1 };
  }
}

function apply(changes: ReadonlyMap<string, VectorRecord | undefined>, target: Map<string, VectorRecord>): void {
  for (const [id, record] of changes) {
    if (record) target.set(id, record);
    else target.delete(id);
  }
}

/** The one index of the sandbox: namespaces of records, kept in the sandbox's log. */
export class VectorStore {
  readonly #namespaces = new Map<string, Namespace>();
  readonly #entries: Collection<NamespaceEntry>;
  readonly #rows: Collection<{ namespace: string; record: VectorRecord }>;
  readonly #log: Collection<number>;

  constructor(
    private readonly sim: Sim,
    private readonly visibleAfterMs: number,
  ) {
    this.#entries = sim.collection('pinecone.namespaces');
    this.#log = sim.collection('pinecone.log');
    this.#rows = sim.collection('pinecone.vectors', {
      encode: ({ namespace, record }) => ({
        namespace,
        record: { ...record, values: Buffer.from(record.values.buffer).toString('base64') },
      }),
      decode: (raw) => {
        const { namespace, record } = raw as { namespace: string; record: VectorRecord & { values: string } };
        const bytes = Uint8Array.from(Buffer.from(record.values, 'base64'));
        return { namespace, record: { ...record, values: new Float32Array(bytes.buffer) } };
      },
    });
    this.#load();
    sim.whenReset(() => this.#load());
  }

  get lastLsn(): number {
    return this.#log.get('lsn') ?? 0;
  }

  names(): string[] {
    return [...this.#namespaces.keys()].sort();
  }

  has(name: string): boolean {
    return this.#namespaces.has(name);
  }

  schemaOf(name: string): unknown {
    return this.#namespaces.get(name)?.entry.schema;
  }

  create(name: string, by: 'create' | 'upsert', schema?: unknown): void {
    const entry: NamespaceEntry = schema === undefined ? { name } : { name, schema };
    this.#namespaces.set(name, new Namespace(entry));
    this.#entries.set(name, entry);
    this.sim.effect('namespace.created', name, { by });
  }

  drop(name: string): void {
    for (const id of this.#namespaces.get(name)?.written.keys() ?? []) this.#rows.delete(rowKey(name, id));
    this.#namespaces.delete(name);
    this.#entries.delete(name);
    this.sim.effect('namespace.deleted', name);
  }

  /** What a read of the namespace sees now; an unknown namespace is simply empty. */
  read(name: string): View {
    const fault = this.sim.currentFault();
    const hiddenForMs = fault?.type === 'stale-read' ? fault.ms : 0;
    const namespace = this.#namespaces.get(name);
    return (
      namespace?.view(this.sim.clock.nowMs(), this.lastLsn, hiddenForMs) ?? {
        records: new Map(),
        maxIndexedLsn: this.lastLsn,
      }
    );
  }

  /** The true, latest state: what writes (update, delete by filter) work on. */
  written(name: string): ReadonlyMap<string, VectorRecord> {
    return this.#namespaces.get(name)?.written ?? new Map<string, VectorRecord>();
  }

  matching(name: string, predicate: Predicate): VectorRecord[] {
    return [...this.written(name).values()].filter((record) => predicate(record.metadata ?? {}));
  }

  /** Writes records (undefined deletes) as one entry of the log and answers its LSN. Creates the namespace if need be. */
  write(
    name: string,
    changes: Iterable<readonly [string, Pick<VectorRecord, 'values' | 'metadata'> | undefined]>,
  ): number {
    if (!this.#namespaces.has(name)) this.create(name, 'upsert');
    const nowMs = this.sim.clock.nowMs();
    const fault = this.sim.currentFault();
    const delayMs = fault?.type === 'stale-read' ? Math.max(fault.ms, this.visibleAfterMs) : this.visibleAfterMs;
    const lsn = this.lastLsn + 1;
    const records = new Map<string, VectorRecord | undefined>();
    for (const [id, content] of changes) {
      const record = content && { id, values: content.values, metadata: content.metadata, lsn, writtenAtMs: nowMs };
      records.set(id, record);
      if (record) this.#rows.set(rowKey(name, id), { namespace: name, record });
      else this.#rows.delete(rowKey(name, id));
    }
    this.#log.set('lsn', lsn);
    this.#namespaces.get(name)?.write(records, lsn, nowMs + delayMs);
    return lsn;
  }

  #load(): void {
    this.#namespaces.clear();
    for (const entry of this.#entries.values()) this.#namespaces.set(entry.name, new Namespace(entry));
    for (const { namespace, record } of this.#rows.values()) this.#namespaces.get(namespace)?.restore(record);
  }
}
