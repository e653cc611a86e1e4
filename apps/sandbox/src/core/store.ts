import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';

/** A call to the system per line would double the pause that rewriting makes. */
const LINES_PER_WRITE = 500;

/** First element of a line that holds several changes; no collection is called that. */
const TOGETHER = '+';

/** How a collection's values become JSON and come back; needed for typed arrays and the like. */
export interface Codec<T> {
  encode(value: T): unknown;
  decode(raw: unknown): T;
}

/** Rewriting the log costs one pass over the state, so it waits until the log is mostly overwritten history. */
const COMPACT_AFTER_BYTES = 64 * 1024 * 1024;

/**
 * A named map whose every `set` and `delete` is in the log before the call returns. Objects are kept by reference:
 * whoever changes one in place must `set` it again, or the change is lost with the process.
 */
export class Collection<T> {
  private readonly items = new Map<string, T>();

  constructor(
    readonly name: string,
    private readonly write: (line: readonly unknown[]) => void,
    private readonly codec?: Codec<T>,
  ) {}

  get size(): number {
    return this.items.size;
  }

  get(id: string): T | undefined {
    return this.items.get(id);
  }

  has(id: string): boolean {
    return this.items.has(id);
  }

  set(id: string, value: T): T {
    this.items.set(id, value);
    this.write([this.name, id, this.codec ? this.codec.encode(value) : value]);
    return value;
  }

  delete(id: string): boolean {
    const existed = this.items.delete(id);
    if (existed) this.write([this.name, id]);
    return existed;
  }

  /** In insertion order: the oldest first. */
  values(): MapIterator<T> {
    return this.items.values();
  }

  entries(): MapIterator<[string, T]> {
    return this.items.entries();
  }

  clear(): void {
    this.items.clear();
    this.write([this.name]);
  }

  /** Replays one line of the log; only the store calls this, before anybody reads. */
  replay(line: readonly unknown[]): void {
    if (line.length === 1) this.items.clear();
    else if (line.length === 2) this.items.delete(String(line[1]));
    else this.items.set(String(line[1]), this.codec ? this.codec.decode(line[2]) : (line[2] as T));
  }

  dump(): unknown[][] {
    return [...this.items].map(([id, value]) => [this.name, id, this.codec ? this.codec.encode(value) : value]);
  }
}

/**
 * The sandbox's memory. With a data directory every change is appended to one log with a plain write, so a SIGKILL
 * loses nothing that was answered (a power cut may: there is no fsync, this is a stand-in). Without one, only memory.
 */
export class Store {
  private readonly collections = new Map<string, Collection<unknown>>();
  /** Lines of collections that nobody has opened yet. */
  private readonly waiting = new Map<string, unknown[][]>();
  private readonly path: string | undefined;
  private file: number | undefined;
  private held: string[] | undefined;
  private bytes = 0;
  private compactedBytes = 0;

  constructor(dataDir: string | undefined) {
    if (dataDir === undefined) return;
    mkdirSync(dataDir, { recursive: true });
    this.path = join(dataDir, 'sandbox.log');
    this.readLog(this.path);
    this.file = openSync(this.path, 'a');
  }

  /** The same name always gives the same collection; names are `<vendor>.<things>`. */
  collection<T>(name: string, codec?: Codec<T>): Collection<T> {
    const existing = this.collections.get(name);
    if (existing) return existing as Collection<T>;
    const collection = new Collection<T>(name, (line) => this.append(line), codec);
    for (const line of this.waiting.get(name) ?? []) collection.replay(line);
    this.waiting.delete(name);
    this.collections.set(name, collection as Collection<unknown>);
    return collection;
  }

  clear(): void {
    this.waiting.clear();
    for (const collection of this.collections.values()) collection.clear();
    this.compact();
  }

  close(): void {
    this.compact();
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
  }

  /**
   * Everything `work` changes becomes one line of the log: after a kill in the middle of it, either all of it happened or
   * nothing did. `work` must be synchronous, and the answer must leave only after this returns.
   */
  atomically<T>(work: () => T): T {
    if (this.held) return work();
    this.held = [];
    try {
      return work();
    } finally {
      const lines = this.held;
      this.held = undefined;
      // A failure half-way is written as well: memory has changed, and the two must agree.
      if (lines.length === 1) this.writeLine(lines[0] ?? '');
      else if (lines.length > 1) this.writeLine(`["${TOGETHER}",${lines.join(',')}]`);
    }
  }

  private append(line: readonly unknown[]): void {
    if (this.file === undefined) return;
    // Encoded now in either case: the object may change again before the work is done.
    if (this.held) this.held.push(JSON.stringify(line));
    else this.writeLine(JSON.stringify(line));
  }

  private writeLine(line: string): void {
    if (this.file === undefined) return;
    this.bytes += writeSync(this.file, line + '\n');
    if (this.bytes > COMPACT_AFTER_BYTES && this.bytes > 2 * this.compactedBytes) this.compact();
  }

  private compact(): void {
    if (this.path === undefined || this.file === undefined) return;
    const fresh = this.path + '.new';
    const lines = [...this.waiting.values(), ...[...this.collections.values()].map((c) => c.dump())].flat();
    const target = openSync(fresh, 'w');
    let bytes = 0;
    for (let index = 0; index < lines.length; index += LINES_PER_WRITE) {
      const some = lines.slice(index, index + LINES_PER_WRITE);
      bytes += writeSync(target, some.map((line) => JSON.stringify(line) + '\n').join(''));
    }
    closeSync(target);
    renameSync(fresh, this.path);
    closeSync(this.file);
    this.file = openSync(this.path, 'a');
    this.bytes = bytes;
    this.compactedBytes = bytes;
  }

  private readLog(path: string): void {
    if (!existsSync(path)) return;
    let torn = '';
    for (const line of linesOf(path, (rest) => (torn = rest))) {
      for (const change of changesOf(line)) {
        const name = String(change[0]);
        const lines = this.waiting.get(name) ?? [];
        lines.push(change);
        this.waiting.set(name, lines);
      }
    }
    // A kill in the middle of a write leaves one torn last line; the next append must not grow it.
    if (torn !== '') appendFileSync(path, '\n');
    this.bytes = statSync(path).size;
  }
}

/** The changes in one line of the log; none for the torn line that a kill can leave. */
function changesOf(line: string): unknown[][] {
  try {
    const parsed: unknown = line === '' ? undefined : JSON.parse(line);
    if (!Array.isArray(parsed)) return [];
    return parsed[0] === TOGETHER ? parsed.slice(1).filter((change) => Array.isArray(change)) : [parsed];
  } catch {
    return [];
  }
}

/** Piece by piece: a log of hundreds of megabytes must not stand in memory twice before the first line is read. */
function* linesOf(path: string, onTorn: (rest: string) => void): Generator<string> {
  const file = openSync(path, 'r');
  const buffer = Buffer.allocUnsafe(4 * 1024 * 1024);
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for (let length = readSync(file, buffer); length > 0; length = readSync(file, buffer)) {
    const lines = (rest + decoder.write(buffer.subarray(0, length))).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  closeSync(file);
  if (rest === '') return;
  onTorn(rest);
  yield rest;
}
