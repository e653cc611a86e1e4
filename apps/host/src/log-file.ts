import { createWriteStream, renameSync, statSync, type WriteStream } from 'node:fs';
import { open } from 'node:fs/promises';

const largestBytes = 32 * 1024 * 1024;

/** One part's log. The one of the start before is kept beside it as `<name>.previous.log`; it never grows without bound. */
export class LogFile {
  #stream: WriteStream;
  #bytes = 0;

  constructor(readonly path: string) {
    rotateLog(path);
    this.#stream = this.#open();
  }

  write(line: string): void {
    this.#bytes += line.length + 1;
    if (this.#bytes > largestBytes) {
      this.#stream.end();
      rotateLog(this.path);
      this.#bytes = 0;
      this.#stream = this.#open();
    }
    this.#stream.write(`${line}\n`);
  }

  #open(): WriteStream {
    const stream = createWriteStream(this.path, { flags: 'a' });
    // A full disk must not take the supervisor down with it; the parts' own trouble will show.
    stream.on('error', () => undefined);
    return stream;
  }
}

/** Moves yesterday's log out of the way. */
export function rotateLog(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.size) renameSync(path, path.replace(/\.log$/, '.previous.log'));
}

/** The end of a log file, for parts that write their log themselves. */
export async function lastLinesOf(path: string, count: number): Promise<string[]> {
  const file = await open(path, 'r').catch(() => undefined);
  if (!file) return [];
  try {
    const { size } = await file.stat();
    const length = Math.min(size, 8_192);
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.toString('utf8').split('\n').filter(Boolean).slice(-count);
  } finally {
    await file.close();
  }
}
