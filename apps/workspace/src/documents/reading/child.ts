/**
 * The child process in which documents are read: started per document, told one task, gives one answer, is ended. A hostile
 * file can at worst cost its time and memory limit (VENDORS 9). It and what it imports is written in erasable
 * TypeScript with `.ts` imports, so that Node runs it from the sources (tests) as well as from dist.
 */
import { Worker } from 'node:worker_threads';
import { Unreadable, type ReadingResult, type ReadingTask } from './limits.ts';
import { readDocument } from './read-document.ts';

/** A second thread, because the first one may be busy for ever; its parent may have been killed and cannot help. */
function endAfter(ms: number): void {
  new Worker(`setTimeout(() => process.kill(process.pid, 'SIGKILL'), ${ms})`, { eval: true }).unref();
}

process.once('disconnect', () => process.exit());

process.once('message', ({ format, bytes, endAfterMs }: ReadingTask) => {
  // Plain text is read in linear time; only the libraries can be led astray.
  if (format !== 'txt' && format !== 'md') endAfter(endAfterMs);
  void readDocument(format, bytes)
    .then((chunks): ReadingResult => ({ chunks }))
    .catch((error: unknown): ReadingResult => {
      if (!(error instanceof Unreadable)) process.stderr.write(String(error instanceof Error ? error.stack : error));
      return { code: error instanceof Unreadable ? error.code : 'document_unreadable' };
    })
    // It does not end by itself: on a busy machine the parent would hear of the end before it hears the answer, and take
    // a good document for one that broke the reader. The parent ends it, and losing the parent ends it too.
    .then((result) => process.send?.(result));
});
