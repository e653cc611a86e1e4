import { z } from 'zod';
import { defineEvent } from '../event.js';

export const QuestionAnswered = defineEvent({
  owner: 'workspace',
  name: 'question-answered',
  when: 'A question got an answer; `grounded` says whether it cites a source or honestly says that the documents hold none.',
  data: z.object({
    question_id: z.string(),
    channel: z.enum(['wizard', 'app', 'api']),
    grounded: z.boolean(),
    cites_own_document: z.boolean(),
    sources: z.int().nonnegative(),
    prompt_tokens: z.int().nonnegative(),
    completion_tokens: z.int().nonnegative(),
    duration_ms: z.number().nonnegative(),
  }),
  example: {
    question_id: 'q_1',
    channel: 'wizard',
    grounded: true,
    cites_own_document: false,
    sources: 1,
    prompt_tokens: 210,
    completion_tokens: 40,
    duration_ms: 350,
  },
});
