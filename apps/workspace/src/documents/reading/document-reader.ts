import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Inject, Injectable } from '@nestjs/common';
import { histogram, Log } from '@latchkey/shared/observability';
import pLimit from 'p-limit';
import { z } from 'zod';
import { CONFIG, type Config } from '../../config.js';
import { readDocument } from './read-document.ts';
import { readingLimits, Unreadable, type DocumentFormat, type ReadingTask } from './limits.ts';

const here = fileURLToPath(import.meta.url);
const childScript = join(dirname(here), here.endsWith('.ts') ? 'child.ts' : 'child.js');
const appFolder = join(dirname(here), '../../..');
const librariesFolder = ((): string => {
  const library = createRequire(import.meta.url).resolve('yauzl');
  return library.slice(0, library.lastIndexOf(`${sep}node_modules${sep}`)) + `${sep}node_modules`;
})();

/** The child has read what a stranger wrote, so its answer is checked like a stranger's. */
const Answer = z.union([
  z.object({ chunks: z.array(z.string().max(2_000)).min(1).max(readingLimits.chunksMax) }),
  z.object({
    code: z.enum([
      'document_encrypted',
      'document_empty',
      'document_unreadable',
      'document_too_complex',
      'document_type_mismatch',
    ]),
  }),
]);

const stopSignals = new Set<NodeJS.Signals>(['SIGINT', 'SIGTERM', 'SIGHUP']);
const memoryLookMs = 200;
const linuxPageBytes = 4_096;

/**
 * Plain text up to this size is read here: decoding and splitting it is linear work without a library, and a child
 * would cost a hundred times as much.
 */
const plainTextBytesMax = 64 * 1024;

const duration = histogram(
  'workspace_document_reading_seconds',
  'Time to read one document in its child process; outcome is ok or the reason.',
  ['format', 'outcome'],
  [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30],
);

/**
 * Reads documents in child processes that can be killed, all but short plain texts: worker threads cannot be held to a
 * memory limit, because buffers do not count there (VENDORS 9). The child gets no environment, may not write, start
 * processes or read outside of its code, and is gone after one document.
 */
@Injectable()
export class DocumentReader {
  private readonly gate: ReturnType<typeof pLimit>;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly log: Log,
  ) {
    this.gate = pLimit(config.PARSER_CONCURRENCY);
  }

  /** The passages of a document. Throws `Unreadable` when it cannot be used, and the signal's reason when stopped. */
  async read(format: DocumentFormat, bytes: Uint8Array, signal: AbortSignal): Promise<string[]> {
    if (format === 'txt' && bytes.byteLength <= plainTextBytesMax) return readDocument(format, bytes);
    return this.gate(async () => {
      signal.throwIfAborted();
      const stopTimer = duration.startTimer({ format });
      try {
        const chunks = await this.readInChild(
          { format, bytes, endAfterMs: this.config.PARSER_TIMEOUT_MS + 2_000 },
          signal,
        );
        stopTimer({ outcome: 'ok' });
        return chunks;
      } catch (error) {
        stopTimer({ outcome: error instanceof Unreadable ? error.code : 'stopped' });
        throw error;
      }
    });
  }

  private async readInChild(task: ReadingTask, signal: AbortSignal): Promise<string[]> {
    const heapMb = Math.round(this.config.PARSER_MEMORY_MB * 0.75);
    const child = fork(childScript, [], {
      env: {},
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: [
        `--max-old-space-size=${heapMb}`,
        '--disable-warning=ExperimentalWarning',
        '--permission',
        '--allow-worker',
        `--allow-fs-read=${librariesFolder}/*`,
        `--allow-fs-read=${appFolder}/*`,
      ],
    });
    let complaint = '';
    child.stderr?.on('data', (data: Buffer) => (complaint = (complaint + String(data)).slice(-2_000)));
    const { promise, resolve, reject } = Promise.withResolvers<string[]>();
    const stop = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error('Reading was stopped.'));
    const tooMuch = (): void => reject(new Unreadable('document_too_complex'));
    const timer = setTimeout(tooMuch, this.config.PARSER_TIMEOUT_MS);
    const memoryWatch = setInterval(
      () => void this.isOverMemory(child).then((over) => over && tooMuch()),
      memoryLookMs,
    );
    signal.addEventListener('abort', stop, { once: true });
    // Not once: a second error without a listener would end the service.
    child.on('error', reject);
    const ended = (code: number | null, killedBy: NodeJS.Signals | null): void => {
      complaint = `exit ${code ?? killedBy}: ${complaint}`;
      // Ctrl-C and a stopping machine reach the child too, and say nothing about the document.
      if (killedBy && stopSignals.has(killedBy)) reject(new Error(`The reading child was stopped by ${killedBy}.`));
      // Out of memory, or a crash in the library: reading it again would end the same way.
      else tooMuch();
    };
    child.once('exit', (code, killedBy) => {
      // A busy service may hear of the end before it hears the answer; the channel ends after everything said on it.
      if (child.connected) child.once('disconnect', () => ended(code, killedBy));
      else ended(code, killedBy);
    });
    child.once('message', (message) => {
      const answer = Answer.safeParse(message);
      if (!answer.success) reject(new Unreadable('document_too_complex'));
      else if ('code' in answer.data) reject(new Unreadable(answer.data.code));
      else resolve(answer.data.chunks);
    });
    child.send(task, (error) => error && reject(error));
    try {
      return await promise;
    } catch (error) {
      this.log.info('A document was not read.', { format: task.format, err: error, complaint });
      throw error;
    } finally {
      clearTimeout(timer);
      clearInterval(memoryWatch);
      signal.removeEventListener('abort', stop);
      child.kill('SIGKILL');
      // Its memory is in use until it is gone, and the gate counts memory.
      if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    }
  }

  /** Linux only: elsewhere the heap limit and the clock must do. */
  private async isOverMemory(child: ChildProcess): Promise<boolean> {
    const statm = await readFile(`/proc/${child.pid}/statm`, 'utf8').catch(() => '');
    const residentBytes = Number(statm.split(' ')[1] ?? 0) * linuxPageBytes;
    return residentBytes > this.config.PARSER_MEMORY_MB * 1024 * 1024;
  }
}
