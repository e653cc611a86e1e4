import { Breakers, type Breaker } from '@latchkey/shared/breakers';
import { embeddingDimensions, plans } from '@latchkey/contracts';
import { RetryLater } from '@latchkey/shared/errors';
import { delay } from '@latchkey/shared/time';
import { createOpenAi, type OpenAiApi } from '@latchkey/vendor-openai';
import { createPinecone, PineconeNamespaces } from '@latchkey/vendor-pinecone';
import type { Provider } from '@nestjs/common';
import type { Config } from './config.js';

/** Less than a job would wait: a person sits in front of each of these calls. */
const embedTimeoutMs = 10_000;
const answerTimeoutMs = 30_000;

/** The models of the plans. All plans embed with the same model, because a namespace's vectors must stay comparable. */
export class Models {
  readonly embedder: OpenAiApi;
  private readonly chats = new Map<string, OpenAiApi>();

  constructor(
    private readonly config: Config,
    private readonly breaker: Breaker,
  ) {
    this.embedder = this.api(plans.starter.models.chat);
  }

  /** The model that answers, by the name in the tenant's runtime. */
  chat(model: string): OpenAiApi {
    let api = this.chats.get(model);
    if (!api) this.chats.set(model, (api = this.api(model)));
    return api;
  }

  private api(chatModel: string): OpenAiApi {
    return createOpenAi({
      apiKey: this.config.OPENAI_API_KEY,
      baseUrl: this.config.OPENAI_BASE_URL,
      embeddingModel: plans.starter.models.embedding,
      embeddingDimensions,
      chatModel,
      embedTimeoutMs,
      answerTimeoutMs,
      breaker: this.breaker,
    });
  }
}

const shortWaitMs = 150;
const longestWaitMs = 2_000;

/**
 * Tries a vendor's hiccup once more while a person waits. Not after a timeout, and not when the vendor wants more time
 * than a person has: then the honest answer is "try again in n seconds".
 * `mayRepeat` says no once something of the first try has been shown.
 */
export async function withOneRetry<T>(call: () => Promise<T>, mayRepeat = () => true): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!mayRepeat() || !(error instanceof RetryLater) || error.kind === 'timeout') throw error;
    const waitMs = error.retryAfterMs ?? shortWaitMs;
    if (waitMs > longestWaitMs) throw error;
    await delay(waitMs);
    return call();
  }
}

export const vendorProviders = (config: Config): Provider[] => [
  {
    provide: Models,
    inject: [Breakers],
    useFactory: (breakers: Breakers) => new Models(config, breakers.of('openai')),
  },
  {
    provide: PineconeNamespaces,
    inject: [Breakers],
    useFactory: (breakers: Breakers) =>
      createPinecone({
        apiKey: config.PINECONE_API_KEY,
        indexHost: config.PINECONE_INDEX_HOST,
        breaker: breakers.of('pinecone'),
      }),
  },
];
