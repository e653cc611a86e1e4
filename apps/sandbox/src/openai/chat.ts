import { z } from 'zod';
import { newId } from '../core/random.js';
import { answerFromPassages } from './answerer.js';
import { invalidRequest, OpenAiError } from './errors.js';
import { chatModel, countTokens } from './models.js';
import { readGroundedQuestion } from './passages.js';

const content = z.union([z.string(), z.array(z.strictObject({ type: z.literal('text'), text: z.string() })).max(100)]);
const message = z.strictObject({
  role: z.enum(['system', 'developer', 'user', 'assistant']),
  content,
  name: z.string().optional(),
});
const positive = z.int().min(1).nullish();

export const chatRequest = z.strictObject({
  messages: z.array(message).min(1).max(1000),
  model: z.string(),
  stream: z.boolean().nullish(),
  stream_options: z
    .strictObject({ include_usage: z.boolean().optional(), include_obfuscation: z.boolean().optional() })
    .nullish(),
  max_tokens: positive,
  max_completion_tokens: positive,
  n: z.literal(1, { error: 'this stand-in gives one choice' }).nullish(),
  // Accepted and without effect: the offline model has no dice to load.
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  frequency_penalty: z.number().min(-2).max(2).nullish(),
  presence_penalty: z.number().min(-2).max(2).nullish(),
  seed: z.int().nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
  prompt_cache_key: z.string().nullish(),
  prompt_cache_retention: z.enum(['in_memory', '24h']).nullish(),
  reasoning_effort: z.string().nullish(),
  response_format: z
    .strictObject({ type: z.literal('text', { error: 'this stand-in answers in text only' }) })
    .optional(),
  safety_identifier: z.string().nullish(),
  service_tier: z.string().nullish(),
  store: z.boolean().nullish(),
  user: z.string().optional(),
  verbosity: z.enum(['low', 'medium', 'high']).nullish(),
});

/** Real parameters of the vendor that this stand-in does not carry out; each is refused by name, never ignored. */
export const unsupportedParameters = [
  'audio', 'function_call', 'functions', 'logit_bias', 'logprobs', 'modalities', 'moderation', 'parallel_tool_calls',
  'prediction', 'prompt_cache_options', 'stop', 'tool_choice', 'tools', 'top_logprobs', 'web_search_options',
]; // prettier-ignore

const smallTalk =
  'This is the offline demo model. It answers questions from numbered passages by quoting them and knows nothing else.';

export interface ChatAnswer {
  readonly id: string;
  readonly model: string;
  readonly stream: boolean;
  readonly includeUsage: boolean;
  readonly text: string;
  readonly finishReason: 'stop' | 'length';
  readonly usage: { prompt_tokens: number; completion_tokens: number; total_tokens: number };
}

function textOf(value: z.output<typeof content>): string {
  return typeof value === 'string' ? value : value.map((part) => part.text).join('\n');
}

/** `POST /v1/chat/completions`: quotes the numbered passages of the prompt, or says that they do not hold the answer. */
export function completeChat(request: unknown): ChatAnswer {
  for (const name of unsupportedParameters) {
    if (typeof request === 'object' && request !== null && Object.hasOwn(request, name)) {
      throw new OpenAiError(
        400,
        `Unsupported parameter: '${name}' is not supported here.`,
        'unsupported_parameter',
        name,
      );
    }
  }
  const parsed = chatRequest.safeParse(request);
  if (!parsed.success) throw invalidRequest(parsed.error);
  const { messages, model: name, stream, stream_options, max_tokens, max_completion_tokens } = parsed.data;
  const model = chatModel(name);
  const promptTokens = messages.reduce((sum, each) => sum + countTokens(textOf(each.content)) + 4, 3);
  if (promptTokens > model.maxTokens) {
    const text = `This model's maximum context length is ${model.maxTokens} tokens. However, your messages resulted in ${promptTokens} tokens.`;
    throw new OpenAiError(400, text, 'context_length_exceeded', 'messages');
  }
  const lastUser = messages.findLast((each) => each.role === 'user');
  const grounded =
    readGroundedQuestion(lastUser ? textOf(lastUser.content) : '') ??
    readGroundedQuestion(messages.map((each) => textOf(each.content)).join('\n\n'));
  const full = grounded ? answerFromPassages(grounded) : smallTalk;
  const maxTokens = max_completion_tokens ?? max_tokens ?? Infinity;
  const cut = countTokens(full) > maxTokens;
  const text = cut ? full.slice(0, maxTokens * 4) : full;
  const completionTokens = countTokens(text);
  return {
    id: newId('chatcmpl', 29).replace('_', '-'),
    model: name,
    stream: stream ?? false,
    includeUsage: stream_options?.include_usage ?? false,
    text,
    finishReason: cut ? 'length' : 'stop',
    usage: {
      prompt_tokens: promptTokens,
      completion_tokens: completionTokens,
      total_tokens: promptTokens + completionTokens,
    },
  };
}

/** The answer in one piece. */
export function completionBody(answer: ChatAnswer, createdSeconds: number): object {
  return {
    id: answer.id,
    object: 'chat.completion',
    created: createdSeconds,
    model: answer.model,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: answer.text, refusal: null, annotations: [] },
        logprobs: null,
        finish_reason: answer.finishReason,
      },
    ],
    usage: answer.usage,
    service_tier: 'default',
    system_fingerprint: 'fp_latchkey_sandbox',
  };
}

/** The answer as the chunks of a stream, word by word; usage comes last and only on request, with no choices. */
export function* completionChunks(answer: ChatAnswer, createdSeconds: number): Generator<object> {
  const head = {
    id: answer.id,
    object: 'chat.completion.chunk',
    created: createdSeconds,
    model: answer.model,
    service_tier: 'default',
    system_fingerprint: 'fp_latchkey_sandbox',
    ...(answer.includeUsage ? { usage: null } : {}),
  };
  const choice = (delta: object, finishReason: string | null) => ({
    ...head,
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }],
  });
  yield choice({ role: 'assistant', content: '', refusal: null }, null);
  for (const piece of answer.text.match(/\s*\S+\s*$|\s*\S+/g) ?? []) yield choice({ content: piece }, null);
  yield choice({}, answer.finishReason);
  if (answer.includeUsage) yield { ...head, choices: [], usage: answer.usage };
}
