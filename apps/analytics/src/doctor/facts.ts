import type {
  BillingDiagnosis,
  NotifierDiagnosis,
  Owner,
  ProvisionerDiagnosis,
  QuestionReply,
  SignupDiagnosis,
  WorkspaceDiagnosis,
} from '@latchkey/contracts';

/** Where a customer stands in the funnel, and which stuck rules they meet. Null when no event of theirs was recorded. */
export interface FunnelFacts {
  last_stage: string;
  last_stage_at: string;
  /** The names of stuck/rules.ts. */
  stuck: string[];
  dead_letters: { count: number; oldest_reason: string | null };
}

/** What every owner said about one tenant. Null is silence: the owner did not answer in time. */
export interface TenantFacts {
  signup: QuestionReply<typeof SignupDiagnosis> | null;
  'billing-webhooks': QuestionReply<typeof BillingDiagnosis> | null;
  provisioner: QuestionReply<typeof ProvisionerDiagnosis> | null;
  workspace: QuestionReply<typeof WorkspaceDiagnosis> | null;
  notifier: QuestionReply<typeof NotifierDiagnosis> | null;
  funnel: FunnelFacts | null;
}

export const askedOwners = ['signup', 'billing-webhooks', 'provisioner', 'workspace', 'notifier'] as const;

export function silentOwners(facts: TenantFacts): (typeof askedOwners)[number][] {
  return askedOwners.filter((owner) => facts[owner] === null);
}

/** Owners that gave something of this tenant up, with the oldest reason. */
export function deadLettersOf(facts: TenantFacts): { owner: Owner; count: number; reason: string }[] {
  const all = [...askedOwners.map((owner) => [owner, facts[owner]] as const), ['analytics', facts.funnel] as const];
  return all.flatMap(([owner, reply]) => {
    const { count = 0, oldest_reason } = reply?.dead_letters ?? {};
    return count > 0 ? [{ owner, count, reason: oldest_reason ?? 'unknown' }] : [];
  });
}
