import type { DiagnosisCheck } from '@latchkey/contracts';
import { deadLettersOf, silentOwners, type TenantFacts } from './facts.js';

type Seen = Pick<DiagnosisCheck, 'state' | 'evidence'>;
const ok = (evidence: string): Seen => ({ state: 'ok', evidence });
const failed = (evidence: string): Seen => ({ state: 'failed', evidence });
const unknown = (evidence: string): Seen => ({ state: 'unknown', evidence });

/** S8's debugging checklist in its order, each with what it was decided by; dead letters and silence come last. */
export function checkEverything(facts: TenantFacts): DiagnosisCheck[] {
  return [
    { name: 'status', title: 'Lifecycle', ...status(facts) },
    { name: 'run', title: 'Provisioning run', ...run(facts) },
    { name: 'namespace', title: 'Pinecone namespace', ...namespace(facts) },
    { name: 'samples', title: 'Sample documents', ...samples(facts) },
    { name: 'mail', title: 'Welcome mail', ...mail(facts) },
    { name: 'funnel', title: 'Funnel', ...funnel(facts) },
    { name: 'webhook', title: 'Stripe webhook', ...webhook(facts) },
    { name: 'dead_letters', title: 'Dead letters', ...deadLetters(facts) },
  ];
}

function status({ signup }: TenantFacts): Seen {
  if (!signup) return unknown('signup is not answering');
  const { tenant } = signup;
  if (!tenant) return failed('signup does not know this tenant');
  const since = [tenant.provisioned_at, tenant.cleared_at, tenant.paid_at, tenant.signed_up_at].find(Boolean);
  const seen = `${tenant.status}, last change known ${since ?? 'never'}`;
  return tenant.status === 'provisioning_failed' || tenant.status === 'suspended' ? failed(seen) : ok(seen);
}

function run({ provisioner, signup }: TenantFacts): Seen {
  if (!provisioner) return unknown('the provisioner is not answering');
  const last = provisioner.run;
  if (!last) return signup?.tenant?.cleared_at ? failed('cleared, but there is no run') : ok('no run yet: not cleared');
  const seen = [
    `${last.run_id} ${last.state}`,
    last.step && last.state !== 'done' ? `at ${last.step} (${last.step_state ?? ''}, attempt ${last.attempts})` : '',
    last.last_error ?? '',
  ];
  const evidence = seen.filter(Boolean).join(', ');
  return last.last_error || last.state === 'undoing' || last.state === 'failed' ? failed(evidence) : ok(evidence);
}

function namespace({ provisioner }: TenantFacts): Seen {
  if (!provisioner) return unknown('the provisioner is not answering');
  const { asked, exists, namespace: name, detail } = provisioner.pinecone;
  if (asked === 'not_needed') return ok('none expected');
  if (asked === 'failed') return unknown(`Pinecone is not answering: ${detail ?? ''}`);
  return exists ? ok(`${name ?? ''}: ${detail ?? ''}`) : failed(`${name ?? ''} does not exist`);
}

function samples({ provisioner }: TenantFacts): Seen {
  if (!provisioner) return unknown('the provisioner is not answering');
  const { asked, samples_present, samples_expected, sample_question_finds_its_answer: found } = provisioner.pinecone;
  if (asked === 'not_needed') return ok('none expected');
  if (asked === 'failed') return unknown('Pinecone is not answering');
  const evidence = `${samples_present ?? 0} of ${samples_expected} there, sample question ${found ? 'answered' : 'finds nothing'}`;
  return found && samples_present === samples_expected ? ok(evidence) : failed(evidence);
}

function mail({ notifier, signup }: TenantFacts): Seen {
  if (!notifier) return unknown('the notifier is not answering');
  const { welcome } = notifier;
  if (!welcome) return signup?.tenant?.provisioned_at ? failed('none was written') : ok('not due yet');
  const { state, reason, delivered_at, opened_at, bounced_as } = welcome;
  if (bounced_as) return failed(`sent, then ${bounced_as}`);
  if (state === 'failed' || state === 'skipped') return failed(`${state}: ${reason ?? 'no reason kept'}`);
  if (state !== 'sent') return unknown(`${state}, attempt ${welcome.attempts}`);
  if (opened_at) return ok(`opened ${opened_at}`);
  return delivered_at ? ok(`delivered ${delivered_at}, not opened`) : unknown('sent, no report of its delivery yet');
}

function funnel({ funnel: seen }: TenantFacts): Seen {
  if (!seen) return unknown('no event of this tenant was recorded');
  const spoken = (name: string) => name.replaceAll('_', ' ');
  const evidence = `reached ${spoken(seen.last_stage)} at ${seen.last_stage_at}`;
  return seen.stuck.length > 0 ? failed(`${evidence}, stuck ${seen.stuck.map(spoken).join(', ')}`) : ok(evidence);
}

function webhook(facts: TenantFacts): Seen {
  const billing = facts['billing-webhooks'];
  if (!billing) return unknown('billing is not answering');
  const { checkout, stripe, stripe_events: events } = billing;
  const received = `${events.received} ${events.received === 1 ? 'event' : 'events'} received${events.last_received_at ? `, the last ${events.last_received_at}` : ''}`;
  if (stripe.paid) return failed(`Stripe says paid (${stripe.detail ?? ''}), ${received}`);
  if (events.dead > 0) return failed(`${received}, ${events.dead} could not be applied: ${events.dead_reason ?? ''}`);
  if (stripe.asked === 'failed') return unknown(`Stripe is not answering: ${stripe.detail ?? ''}`);
  if (events.waiting > 0) return unknown(`${received}, ${events.waiting} not applied yet`);
  if (checkout?.state === 'completed') return ok(received);
  return ok(`nothing to hear yet: payment page ${checkout?.state ?? 'not asked for'}`);
}

function deadLetters(facts: TenantFacts): Seen {
  const dead = deadLettersOf(facts);
  if (dead.length > 0)
    return failed(dead.map(({ owner, count, reason }) => `${owner}: ${count} (${reason})`).join('; '));
  const silent = silentOwners(facts);
  return silent.length > 0 ? unknown(`none known; not answering: ${silent.join(', ')}`) : ok('none');
}
