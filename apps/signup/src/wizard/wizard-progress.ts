import type { WizardStatus } from '@latchkey/contracts';

/** The facts of a tenant that the wizard is made of. */
export interface WizardFacts {
  status: string;
  firstQueryAt?: Date | null | undefined;
  firstDocumentAt?: Date | null | undefined;
  activationCompletedAt?: Date | null | undefined;
}

/**
 * Shapes of S4.4. Each flag is a fact somebody else reported, never a box the wizard ticked itself: a wizard cannot
 * loop, and "complete" cannot be had without an answer from the customer's own document (FEATURES lesson 10, trap 10).
 */
export function wizardStatus(facts: WizardFacts): WizardStatus {
  const steps = {
    account_created: facts.status === 'active' || facts.status === 'suspended',
    sample_query_run: facts.firstQueryAt != null,
    first_document_uploaded: facts.firstDocumentAt != null,
    first_real_query_run: facts.activationCompletedAt != null,
  };
  const done = Object.values(steps).filter(Boolean).length;
  return { steps, completion_percentage: (done / 4) * 100, next_step: nextStep(steps) };
}

function nextStep(steps: WizardStatus['steps']): WizardStatus['next_step'] {
  if (steps.first_real_query_run) return 'complete';
  if (!steps.sample_query_run) return 'run_sample_query';
  return steps.first_document_uploaded ? 'query_your_document' : 'upload_document';
}

/** F2: only what shows value, at most three steps; everything else waits in the settings. */
export const wizardSteps = {
  steps: ['run_sample_query', 'upload_first_document', 'complete'],
  advanced_setup_url: '/settings/advanced',
  tooltip: 'You can configure advanced settings later in Settings',
};
