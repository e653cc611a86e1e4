import { z } from 'zod';
import { Plan } from '../../plans.js';
import { defineEvent } from '../event.js';

export const WorkspaceOpened = defineEvent({
  owner: 'workspace',
  name: 'workspace-opened',
  when: 'The tenant may use the product: limits, quota and first key are in place.',
  data: z.object({
    plan: Plan,
    documents_max: z.int(),
    queries_per_month_max: z.int(),
  }),
  example: { plan: 'starter', documents_max: 1000, queries_per_month_max: 10000 },
});
