import type { ContactCard } from '@latchkey/contracts';
import type { Progress } from '../progress/project.js';
import type { StuckRule } from './rules.js';

export interface StuckRow {
  tenant_id: string;
  signed_up_at: string | null;
  since: string;
  milestones: Progress;
}

/** A line of a stuck list: S4.5's fields, and what the person who writes to them should know. */
export interface StuckCustomer {
  tenant_id: string;
  company: string | null;
  email: string | null;
  plan: string | null;
  hours_since_signup: number | null;
  stuck_since: string;
  hours_stuck: number;
  last_query: string | null;
  welcome_mail: 'bounced' | 'opened' | 'delivered' | 'sent' | 'not_sent';
  /** Why their questions failed and their uploads were rejected, if so. */
  troubles: string[];
  recommended_action: string;
  /** What the console offers for it: the welcome mail once more, the tenant's own page, or a mail of the operator's own. */
  act: 'resend_welcome' | 'look_closer' | 'write';
}

export function describeStuck(
  { tenant_id, signed_up_at, since, milestones }: StuckRow,
  rule: StuckRule,
  contact: ContactCard | undefined,
  now: Date,
): StuckCustomer {
  const welcome = welcomeMail(milestones);
  const troubles = Object.keys(milestones).filter((name) => /^(question_failed|document_rejected):/.test(name));
  return {
    tenant_id,
    company: contact?.company_name ?? null,
    email: contact?.email ?? null,
    plan: contact?.plan ?? (milestones['total_signups']?.facts?.['plan'] as string | undefined) ?? null,
    hours_since_signup: signed_up_at === null ? null : hoursBetween(signed_up_at, now),
    stuck_since: since,
    hours_stuck: hoursBetween(since, now),
    last_query: milestones['last_query']?.at ?? null,
    welcome_mail: welcome,
    troubles,
    ...adviceFor(rule, welcome, troubles),
  };
}

/** What stands in the way comes before what the rule says in general. */
function adviceFor(
  rule: StuckRule,
  welcome: StuckCustomer['welcome_mail'],
  troubles: string[],
): Pick<StuckCustomer, 'recommended_action' | 'act'> {
  const nobodyCame = rule.name === 'after_payment';
  if (nobodyCame && welcome === 'bounced')
    return {
      recommended_action: 'The welcome mail came back: reach them another way and correct the address.',
      act: 'look_closer',
    };
  if (nobodyCame && welcome === 'not_sent')
    return {
      recommended_action: 'The welcome mail was never sent: send it again, and look why.',
      act: 'resend_welcome',
    };
  if (troubles.length > 0)
    return {
      recommended_action: `Help with what failed before anything else: ${troubles.map(told).join('; ')}.`,
      act: 'look_closer',
    };
  return { recommended_action: rule.recommendedAction, act: 'write' };
}

/** `question_failed:openai` for a person. */
function told(trouble: string): string {
  const [what, reason = 'unknown'] = trouble.split(':');
  const why = reason.replaceAll('_', ' ');
  return what === 'question_failed' ? `a question failed (${why})` : `an upload was rejected (${why})`;
}

function welcomeMail(milestones: Progress): StuckCustomer['welcome_mail'] {
  if (milestones['welcome_opened']) return 'opened';
  if (milestones['welcome_bounced']) return 'bounced';
  if (milestones['welcome_delivered']) return 'delivered';
  return milestones['welcome_sent'] ? 'sent' : 'not_sent';
}

function hoursBetween(from: string, to: Date): number {
  return Math.round(((to.getTime() - Date.parse(from)) / 3_600_000) * 10) / 10;
}
