export { createOpenAi, OpenAiApi, type Answer, type Embeddings, type OpenAiConfig } from './openai.js';
