import type { Breaker } from '@latchkey/shared/breakers';
import { RetryLater } from '@latchkey/shared/errors';
import { measureVendorCall, vendorUnits } from '@latchkey/shared/observability';
import { OpenAI } from 'openai';
import { openAiFailure } from './openai-errors.js';

export interface OpenAiConfig {
  apiKey: string;
  /** Including the version, as in `https://api.openai.com/v1`. Left out: the true OpenAI. */
  baseUrl?: string | undefined;
  embeddingModel: string;
  /** Shortens the vectors where the model can; must be the dimension of the index. */
  embeddingDimensions?: number | undefined;
  chatModel: string;
  embedTimeoutMs?: number | undefined;
  answerTimeoutMs?: number | undefined;
  /** Undefined: every call is made, however the ones before it ended. */
  breaker: Breaker | undefined;
}

/** Attempts inside one call: 0 more in jobs, which repeat by themselves; 1 more while a person is waiting (VENDORS 10). */
export interface Patience {
  retries?: 0 | 1 | undefined;
}

export interface Embeddings {
  /** One per text, in their order. */
  vectors: number[][];
  promptTokens: number;
}

export interface Answer {
  text: string;
  promptTokens: number;
  completionTokens: number;
  /** `length` means cut off; `refusal` that the model declined. OpenAI may add values. */
  finishReason: 'stop' | 'length' | 'content_filter' | 'refusal' | (string & {});
}

const vendor = 'openai';
/** OpenAI's limit is 2,048 texts and 300,000 tokens a request; characters are the tokens' safe upper bound. */
const maxTextsPerRequest = 256;
const maxCharsPerRequest = 250_000;
/** The SDK waits at most 60 s when a `retry-after` asks for it, and 8 s by itself. */
const retryPauseMs = 60_000;

export function createOpenAi(config: OpenAiConfig): OpenAiApi {
  const sdk = new OpenAI({
    apiKey: config.apiKey,
    // Named even when it is the default: the SDK would otherwise take it from the environment behind our back.
    baseURL: config.baseUrl ?? 'https://api.openai.com/v1',
    maxRetries: 0,
    logLevel: 'off',
  });
  return new OpenAiApi(sdk, config);
}

/** Embeddings and answers. Both are free of effects, so repeating one costs money but never harms. */
export class OpenAiApi {
  private readonly embedTimeoutMs: number;
  private readonly answerTimeoutMs: number;

  constructor(
    private readonly sdk: OpenAI,
    private readonly config: OpenAiConfig,
  ) {
    this.embedTimeoutMs = config.embedTimeoutMs ?? 20_000;
    this.answerTimeoutMs = config.answerTimeoutMs ?? 60_000;
  }

  /** Turns texts into vectors, in as few requests as the limits allow. An empty text is refused by OpenAI. */
  async embed(texts: readonly string[], { retries = 0 }: Patience = {}): Promise<Embeddings> {
    const vectors: number[][] = [];
    let promptTokens = 0;
    for (const batch of inBatches(texts)) {
      const answer = await this.embedBatch(batch, retries);
      vectors.push(...answer.vectors);
      promptTokens += answer.promptTokens;
    }
    return { vectors, promptTokens };
  }

  private embedBatch(texts: string[], retries: number): Promise<Embeddings> {
    const { embeddingModel: model, embeddingDimensions: dimensions } = this.config;
    const operation = 'embed';
    return this.call(operation, this.embedTimeoutMs, retries, async (options) => {
      const body = { model, input: texts, ...(dimensions === undefined ? {} : { dimensions }) };
      const answer = await this.sdk.embeddings.create(body, options);
      const data = Array.isArray(answer.data) ? answer.data.toSorted((a, b) => a.index - b.index) : [];
      if (data.length !== texts.length || data.some(({ embedding }) => embedding.length === 0))
        throw new RetryLater('outage', { vendor, operation, status: 200, code: 'malformed_answer' });
      vendorUnits.inc({ vendor, unit: 'embedded_tokens' }, answer.usage.prompt_tokens);
      return { vectors: data.map(({ embedding }) => embedding), promptTokens: answer.usage.prompt_tokens };
    });
  }

  /** One chat completion without streaming: `system` sets the rules, `user` carries passages and question. */
  answer(prompt: { system: string; user: string; maxTokens: number } & Patience): Promise<Answer> {
    const { retries = 0 } = prompt;
    const operation = 'answer';
    return this.call(operation, this.answerTimeoutMs, retries, async (options) => {
      const completion = await this.sdk.chat.completions.create(this.chatBody(prompt), options);
      const choice = completion.choices?.[0];
      if (choice === undefined)
        throw new RetryLater('outage', { vendor, operation, status: 200, code: 'malformed_answer' });
      return counted({
        text: choice.message.content ?? '',
        promptTokens: completion.usage?.prompt_tokens ?? 0,
        completionTokens: completion.usage?.completion_tokens ?? 0,
        finishReason: choice.message.refusal ? 'refusal' : choice.finish_reason,
      });
    });
  }

  /**
   * The same as `answer`, told piece by piece as the model writes. Never repeated in here: whoever listens may have shown
   * the first pieces already. The deadline ends the stream too, not only the wait for it.
   */
  answerInPieces(
    prompt: { system: string; user: string; maxTokens: number },
    onText: (text: string) => void,
  ): Promise<Answer> {
    const operation = 'answer_stream';
    const malformed = () => new RetryLater('outage', { vendor, operation, status: 200, code: 'malformed_answer' });
    const ending = new AbortController();
    const work = this.call(operation, this.answerTimeoutMs, 0, async (options) => {
      const stream = await this.sdk.chat.completions.create(
        { ...this.chatBody(prompt), stream: true, stream_options: { include_usage: true } },
        { ...options, signal: ending.signal },
      );
      const answer: Answer = { text: '', promptTokens: 0, completionTokens: 0, finishReason: '' };
      let refused = false;
      for await (const { choices, usage } of stream) {
        // The last chunk tells the usage and has no choice.
        if (usage)
          Object.assign(answer, { promptTokens: usage.prompt_tokens, completionTokens: usage.completion_tokens });
        const choice = choices?.[0];
        if (choice === undefined) continue;
        refused ||= Boolean(choice.delta.refusal);
        answer.finishReason = choice.finish_reason ?? answer.finishReason;
        if (!choice.delta.content) continue;
        answer.text += choice.delta.content;
        onText(choice.delta.content);
      }
      // A connection that was closed in an orderly way in the middle of the answer looks like its end.
      if (answer.finishReason === '') throw malformed();
      return counted(refused ? { ...answer, finishReason: 'refusal' } : answer);
    });
    return work.finally(() => ending.abort());
  }

  private chatBody({ system, user, maxTokens }: { system: string; user: string; maxTokens: number }) {
    return {
      model: this.config.chatModel,
      messages: [
        { role: 'system' as const, content: system },
        { role: 'user' as const, content: user },
      ],
      // The older `max_tokens` is refused by reasoning models.
      max_completion_tokens: maxTokens,
    };
  }

  private call<T>(
    operation: string,
    timeoutMs: number,
    retries: number,
    work: (options: { timeout: number; maxRetries: number }) => Promise<T>,
  ): Promise<T> {
    const deadlineMs = timeoutMs + retries * (timeoutMs + retryPauseMs) + 1_000;
    const translate = (error: unknown) => openAiFailure(operation, error);
    return measureVendorCall({ vendor, operation, deadlineMs, translate, breaker: this.config.breaker }, () =>
      work({ timeout: timeoutMs, maxRetries: retries }),
    );
  }
}

/** Every answer is on the bill, also one that was cut off or refused. */
function counted(answer: Answer): Answer {
  vendorUnits.inc({ vendor, unit: 'prompt_tokens' }, answer.promptTokens);
  vendorUnits.inc({ vendor, unit: 'completion_tokens' }, answer.completionTokens);
  return answer;
}

function inBatches(texts: readonly string[]): string[][] {
  const batches: string[][] = [];
  let batch: string[] = [];
  let chars = 0;
  for (const text of texts) {
    if (batch.length === maxTextsPerRequest || (batch.length > 0 && chars + text.length > maxCharsPerRequest)) {
      batches.push(batch);
      batch = [];
      chars = 0;
    }
    batch.push(text);
    chars += text.length;
  }
  return batch.length > 0 ? [...batches, batch] : batches;
}
