import { z } from 'zod';
import { defineEvent } from '../event.js';

export const QuestionFailed = defineEvent({
  owner: 'workspace',
  name: 'question-failed',
  when: 'A question was tried and got no answer: an attempt, not a success (F4).',
  data: z.object({
    question_id: z.string(),
    channel: z.enum(['wizard', 'app', 'api']),
    reason: z.enum(['openai', 'pinecone', 'timeout', 'internal']),
  }),
  example: { question_id: 'q_2', channel: 'wizard', reason: 'openai' },
});
