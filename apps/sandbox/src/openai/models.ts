import { OpenAiError } from './errors.js';

interface EmbeddingModel {
  readonly kind: 'embeddings';
  readonly dimensions: number;
  /** The older model has one size only and refuses `dimensions`. */
  readonly canShorten: boolean;
  readonly maxTokens: number;
}

interface ChatModel {
  readonly kind: 'chat';
  readonly maxTokens: number;
}

/** The models this stand-in offers. Whatever their names, the offline demo model answers. */
const models: Readonly<Record<string, EmbeddingModel | ChatModel>> = {
  'text-embedding-3-small': { kind: 'embeddings', dimensions: 1536, canShorten: true, maxTokens: 8192 },
  'text-embedding-3-large': { kind: 'embeddings', dimensions: 3072, canShorten: true, maxTokens: 8192 },
  'text-embedding-ada-002': { kind: 'embeddings', dimensions: 1536, canShorten: false, maxTokens: 8192 },
  'gpt-4o': { kind: 'chat', maxTokens: 128_000 },
  'gpt-4o-mini': { kind: 'chat', maxTokens: 128_000 },
  'gpt-4.1': { kind: 'chat', maxTokens: 1_047_576 },
  'gpt-4.1-mini': { kind: 'chat', maxTokens: 1_047_576 },
  'gpt-4.1-nano': { kind: 'chat', maxTokens: 1_047_576 },
  'gpt-5': { kind: 'chat', maxTokens: 400_000 },
  'gpt-5-mini': { kind: 'chat', maxTokens: 400_000 },
  'gpt-5-nano': { kind: 'chat', maxTokens: 400_000 },
};

/** The creation time all models report: the vendor's true dates do not matter, a stable one does. */
const createdSeconds = 1_735_689_600;

export function describeModel(id: string): object {
  return { id, object: 'model', created: createdSeconds, owned_by: 'latchkey-sandbox' };
}

export function listModels(): object {
  return { object: 'list', data: Object.keys(models).map(describeModel) };
}

function unknownModel(id: string): OpenAiError {
  const message = `The model \`${id}\` does not exist or you do not have access to it.`;
  return new OpenAiError(404, message, 'model_not_found');
}

export function assertModel(id: string): void {
  if (!Object.hasOwn(models, id)) throw unknownModel(id);
}

export function embeddingModel(id: string): EmbeddingModel {
  const model = Object.hasOwn(models, id) ? models[id] : undefined;
  if (model?.kind !== 'embeddings') throw unknownModel(id);
  return model;
}

export function chatModel(id: string): ChatModel {
  const model = Object.hasOwn(models, id) ? models[id] : undefined;
  if (model?.kind !== 'chat') throw unknownModel(id);
  return model;
}

/** A fair guess without the vendor's tables: four characters to a token, never fewer tokens than half the words. */
export function countTokens(text: string): number {
  const words = text.match(/\S+/g)?.length ?? 0;
  return Math.max(1, Math.ceil(text.length / 4), Math.ceil(words / 2));
}
