import { fork, type ChildProcess } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { deflateSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { Log } from '@latchkey/shared/observability';
import { endlessPdf, pdf } from '../../../test/support/files.js';
import { Config } from '../../config.js';
import { DocumentReader } from './document-reader.js';

function reader(limits: { PARSER_TIMEOUT_MS?: number; PARSER_MEMORY_MB?: number; PARSER_CONCURRENCY?: number } = {}) {
  const config = Config.parse({
    DATABASE_URL: 'postgres://nowhere',
    NATS_URL: 'nats://nowhere',
    PUBLIC_URL: 'http://127.0.0.1:1',
    PINECONE_API_KEY: 'x',
    PINECONE_INDEX_HOST: 'x',
    OPENAI_API_KEY: 'x',
    JWKS_URL: 'http://127.0.0.1:1',
    OPERATOR_TOKEN: 'x'.repeat(16),
    ...limits,
  });
  return new DocumentReader(config, new Log('spec', 'silent'));
}
/** Every child process this file starts, as Node itself reports it. */
const children: ChildProcess[] = [];
subscribe('child_process', (message) => children.push((message as { process: ChildProcess }).process));

const never = new AbortController().signal;
const livingChildren = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'ProcessWrap').length;

/** A page whose content unpacks to 150 MB of blanks. */
function inflatingPdf(): Buffer {
  const stream = deflateSync(Buffer.alloc(150 * 1024 * 1024, 0x20), { level: 1 });
  const text = pdf(['x']).toString('latin1');
  return Buffer.from(
    text.replace(/<<\/Length \d+>>\nstream\n.*\nendstream/s, () => {
      return `<</Length ${stream.length}/Filter/FlateDecode>>\nstream\n${stream.toString('latin1')}\nendstream`;
    }),
    'latin1',
  );
}

test('a document is read in a child process that is gone afterwards', async () => {
  expect(await reader().read('pdf', pdf(['Something to read here']), never)).toEqual(['Something to read here']);
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(livingChildren()).toBe(0);
});

test('a document that takes too long is stopped at its time limit, and its child is killed', async () => {
  // Without the limit the document would be read for ever.
  const reading = reader({ PARSER_TIMEOUT_MS: 1_000 }).read('pdf', endlessPdf(), never);
  await expect(reading).rejects.toMatchObject({ code: 'document_too_complex' });
  while (livingChildren() > 0) await new Promise((resolve) => setTimeout(resolve, 50));
});

test('a document that takes too much memory is stopped at its memory limit', async () => {
  const reading = reader({ PARSER_TIMEOUT_MS: 20_000, PARSER_MEMORY_MB: 120 }).read('pdf', inflatingPdf(), never);
  await expect(reading).rejects.toMatchObject({ code: 'document_too_complex' });
});

test('a reading that is stopped from outside says nothing about the document', async () => {
  const controller = new AbortController();
  const reading = reader().read('pdf', endlessPdf(), controller.signal);
  setTimeout(() => controller.abort(new Error('shutting down')), 200);
  await expect(reading).rejects.toThrow('shutting down');
});

test('no more documents are read at once than configured', async () => {
  const many = reader({ PARSER_CONCURRENCY: 1 });
  let most = 0;
  const watch = setInterval(() => (most = Math.max(most, livingChildren())), 5);
  await Promise.all(Array.from({ length: 3 }, () => many.read('md', Buffer.from('Something to read here'), never)));
  clearInterval(watch);
  expect(most).toBe(1);
});

test('a child whose parent was killed ends itself', async () => {
  const child = fork(fileURLToPath(new URL('./child.ts', import.meta.url)), [], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  child.send({ format: 'pdf', bytes: endlessPdf(), endAfterMs: 500 });
  const [, killedBy] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  expect(killedBy).toBe('SIGKILL');
});

test('a child that is stopped along with everything else does not condemn its document', async () => {
  const reading = reader().read('pdf', endlessPdf(), never);
  const rejected = expect(reading).rejects.toThrow('stopped by SIGTERM');
  await new Promise((resolve) => setTimeout(resolve, 300));
  children.at(-1)?.kill('SIGTERM');
  await rejected;
});

test('an answer counts even when a busy service hears of the child’s end first', async () => {
  const reading = reader().read('md', Buffer.from('This has a fact of its own.'), never);
  while (children.at(-1)?.exitCode !== null) await new Promise((resolve) => setTimeout(resolve, 5));
  children.at(-1)?.emit('exit', 0, null);
  expect(await reading).toEqual(['This has a fact of its own.']);
});
