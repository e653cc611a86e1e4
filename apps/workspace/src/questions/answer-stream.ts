import type { QueryResponse, QueryStreamEvents } from '@latchkey/contracts';
import { problemBody, toProblemError } from '@latchkey/shared/http';
import type { Response } from 'express';
import type { z } from 'zod';
import type { Listener } from './ask-question.js';
import { CitedText } from './cited-text.js';
import { describeSources } from './describe-sources.js';
import type { Passage } from './prompt.js';

type Events = { [Name in keyof typeof QueryStreamEvents]: z.infer<(typeof QueryStreamEvents)[Name]> };

/**
 * An answer on its way as server-sent events. Until the sources are known nothing is sent, so that a refusal before that
 * is an ordinary problem answer with its status. At most an answer's 600 tokens wait for a slow reader.
 */
export class AnswerStream implements Listener {
  private cited: CitedText | undefined;
  private shown = false;

  constructor(private readonly response: Response) {}

  get begun(): boolean {
    return this.cited !== undefined;
  }

  passages(questionId: string, passages: readonly Passage[]): void {
    this.cited = new CitedText(passages);
    this.response.status(200).set({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // Proxies such as nginx would collect the pieces otherwise.
      'x-accel-buffering': 'no',
    });
    this.send('sources', { question_id: questionId, sources: describeSources(passages, '') });
  }

  text(text: string): void {
    for (const piece of this.cited?.push(text) ?? []) {
      if ('text' in piece) {
        this.shown = true;
        this.send('delta', piece);
      } else this.send('citation', piece.citation);
    }
  }

  done(answer: QueryResponse): void {
    // Nothing was cited, so nothing was shown: the honest sentence is all there is to say.
    if (!this.shown) this.send('delta', { text: answer.answer });
    this.send('done', answer);
    this.response.end();
  }

  fail(error: unknown): void {
    this.send('error', problemBody(toProblemError(error)));
    this.response.end();
  }

  /** Whoever has gone away misses the rest; the question itself goes on to its end. */
  private send<Name extends keyof Events>(event: Name, data: Events[Name]): void {
    if (this.response.destroyed) return;
    this.response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }
}
