/**
 * The child process in which documents are read: started per document, told one task, gives one answer, ends. A hostile
 * file can at worst cost its time and memory limit (VENDORS 9). It and what it imports is written in erasable
 * TypeScript with `.ts` imports, so that Node runs it from the sources (tests) as well as from dist.
 */
import { Unreadable, type ReadingResult, type ReadingTask } from './limits.ts';
import { readDocument } from './read-document.ts';

process.once('message', (task: ReadingTask) => {
  void readDocument(task)
    .then((chunks): ReadingResult => ({ chunks }))
    .catch((error: unknown): ReadingResult => {
      if (!(error instanceof Unreadable)) process.stderr.write(String(error instanceof Error ? error.stack : error));
      return { code: error instanceof Unreadable ? error.code : 'document_unreadable' };
    })
    .then((result) => process.send?.(result, () => process.disconnect()));
});
