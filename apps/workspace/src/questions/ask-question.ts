import type { QueryRequest, QueryResponse } from '@latchkey/contracts';
import { ProblemError, RetryLater, stoppedForMs, VendorError } from '@latchkey/shared/errors';
import { counter } from '@latchkey/shared/observability';
import { Door, em, sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import type { OpenAiApi } from '@latchkey/vendor-openai';
import { LockMode } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import type { Caller } from '../access/caller.js';
import { Models, withOneRetry } from '../models.js';
import { Quota } from '../quota/quota.js';
import { FindPassages } from './find-passages.js';
import { describeSources } from './describe-sources.js';
import { promptFor, readAnswer, type Passage } from './prompt.js';
import { Question, type Channel, type FailureReason } from './question.entity.js';

const answerTokensMax = 600;
const defaultRetryAfterSeconds = 5;
const notFoundText =
  'Your documents do not contain an answer to this. Try other words, or upload a document that covers it.';
const declinedText = 'The model declined to answer this question.';

const outcomes = counter('workspace_questions_total', 'Questions by how they ended.', ['channel', 'outcome']);

/** Whoever wants to follow an answer while it is made. Its methods must not throw. */
export interface Listener {
  /** What the answer will be made of, before the model is asked. */
  passages(questionId: string, passages: readonly Passage[]): void;
  /** The model's own words, with its own numbers. */
  text(text: string): void;
}

interface Outcome {
  answer: string;
  cited: Passage[];
  promptTokens: number;
  completionTokens: number;
  embeddingTokens: number;
}

/**
 * Answers a question from the tenant's documents: take a place in the quota (tx 1), ask the vendors, settle (tx 2). A
 * failure gives the place back and is told as a failure, so that only successes count (F4).
 */
@Injectable()
export class AskQuestion {
  constructor(
    private readonly door: Door,
    private readonly clock: Clock,
    private readonly quota: Quota,
    private readonly models: Models,
    private readonly findPassages: FindPassages,
  ) {}

  /**
   * A listener that goes away changes nothing: the question is answered to its end (a bounded one) and counts, as it does
   * when the connection of a plain request breaks.
   */
  async run(
    caller: Caller,
    request: z.infer<typeof QueryRequest>,
    channel: Channel,
    listener?: Listener,
  ): Promise<QueryResponse> {
    const questionId = await this.reserve(caller, request.document_ids, channel);
    const startedMs = performance.now();
    let outcome: Outcome;
    try {
      outcome = await this.answer(caller, request, questionId, listener);
    } catch (error) {
      outcomes.inc({ channel, outcome: 'failed' });
      await this.fail(questionId, reasonOf(error));
      if (!(error instanceof VendorError)) throw error;
      const pauseMs = stoppedForMs(error);
      const waitMs = pauseMs ?? (error instanceof RetryLater ? error.retryAfterMs : undefined);
      const retryAfterSeconds =
        waitMs === undefined ? defaultRetryAfterSeconds : Math.max(1, Math.ceil(waitMs / 1_000));
      const code = pauseMs === undefined ? 'question_failed' : 'questions_unavailable';
      throw new ProblemError(code, { retryAfterSeconds, cause: error });
    }
    await this.settle(questionId, outcome, performance.now() - startedMs);
    const grounded = outcome.cited.length > 0;
    outcomes.inc({ channel, outcome: grounded ? 'grounded' : 'not_in_documents' });
    return {
      question_id: questionId,
      answer: outcome.answer,
      grounded,
      sources: describeSources(outcome.cited, outcome.answer),
      usage: {
        prompt_tokens: outcome.promptTokens,
        completion_tokens: outcome.completionTokens,
        embedding_tokens: outcome.embeddingTokens,
      },
    };
  }

  private async reserve(caller: Caller, documentIds: string[] | undefined, channel: Channel): Promise<string> {
    const { tenantId } = caller;
    const reserved = await this.door.commit('reserve-question', async () => {
      if (documentIds) await this.assertOwn(tenantId, documentIds);
      const place = await this.quota.reserveQuery(tenantId);
      if (place.state !== 'reserved') return place;
      return { state: 'asked' as const, id: Question.ask(tenantId, channel, place.periodStart, this.clock.now()).id };
    });
    if (reserved.state === 'asked') return reserved.id;
    const code = reserved.state === 'exceeded' ? 'quota_queries_exceeded' : 'rate_limited';
    throw new ProblemError(code, { retryAfterSeconds: reserved.retryAfterSeconds });
  }

  /** Another tenant's document answers like one that never was. */
  private async assertOwn(tenantId: string, documentIds: string[]): Promise<void> {
    const own = new Set(documentIds.filter((id) => !id.startsWith('sample_')));
    const [found] = await sql<{ count: number }>(
      'select count(*)::int as count from document where tenant_id = $1 and id = any($2)',
      [tenantId, [...own]],
    );
    if (found?.count !== own.size) throw new ProblemError('document_not_found');
  }

  private async answer(
    caller: Caller,
    request: z.infer<typeof QueryRequest>,
    questionId: string,
    listener: Listener | undefined,
  ): Promise<Outcome> {
    const { vectors, promptTokens: embeddingTokens } = await withOneRetry(() =>
      this.models.embedder.embed([request.query]),
    );
    const passages = await this.findPassages.run(caller, vectors[0] ?? [], request.document_ids);
    listener?.passages(questionId, passages);
    const nothing = { answer: notFoundText, cited: [], promptTokens: 0, completionTokens: 0, embeddingTokens };
    if (passages.length === 0) return nothing;
    const prompt = { ...promptFor(request.query, passages), maxTokens: answerTokensMax };
    const reply = await this.reply(caller, prompt, listener);
    const tokens = { promptTokens: reply.promptTokens, completionTokens: reply.completionTokens };
    if (reply.finishReason === 'refusal' || reply.finishReason === 'content_filter') {
      return { ...nothing, ...tokens, answer: declinedText };
    }
    return { ...nothing, ...readAnswer(reply.text, passages), ...tokens };
  }

  private reply(caller: Caller, prompt: Parameters<OpenAiApi['answer']>[0], listener: Listener | undefined) {
    const model = this.models.chat(caller.chatModel);
    if (!listener) return withOneRetry(() => model.answer(prompt));
    let heard = false;
    const onText = (text: string) => {
      heard = true;
      listener.text(text);
    };
    return withOneRetry(
      () => model.answerInPieces(prompt, onText),
      () => !heard,
    );
  }

  private async settle(questionId: string, outcome: Outcome, durationMs: number): Promise<void> {
    await this.door.commit('settle-question', async () => {
      const question = await this.lock(questionId);
      const { cited, promptTokens, completionTokens, embeddingTokens } = outcome;
      const facts = {
        grounded: cited.length > 0,
        cites_own_document: cited.some(({ sample }) => !sample),
        sources: cited.length,
        prompt_tokens: promptTokens,
        completion_tokens: completionTokens,
        duration_ms: Math.round(durationMs),
      };
      // Already given back by the sweep: whoever waited this long has left, and an answer nobody read is no success.
      if (question.answer(facts, this.clock.now()) === 'already') throw new ProblemError('timed_out');
      await this.quota.settleTokens(question.tenantId, {
        embedding: embeddingTokens,
        llm: promptTokens + completionTokens,
      });
    });
  }

  private async fail(questionId: string, reason: FailureReason): Promise<void> {
    await this.door.commit('fail-question', async () => {
      const question = await this.lock(questionId);
      if (question.fail(reason, this.clock.now()) === 'already') return;
      await this.quota.giveBackQuery(question.tenantId, question.periodStart);
    });
  }

  private lock(questionId: string): Promise<Question> {
    return em().findOneOrFail(Question, { id: questionId }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  }
}

function reasonOf(error: unknown): FailureReason {
  if (!(error instanceof VendorError)) return 'internal';
  if (error.kind === 'timeout') return 'timeout';
  return error.vendor === 'pinecone' ? 'pinecone' : 'openai';
}
