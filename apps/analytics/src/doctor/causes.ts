import { deadLettersOf, silentOwners, type TenantFacts } from './facts.js';

export interface Cause {
  code: string;
  sentence: string;
  healthy: boolean;
}

const broken = (code: string, sentence: string): Cause => ({ code, sentence, healthy: false });
const fine = (code: string, sentence: string): Cause => ({ code, sentence, healthy: true });

const silence: Record<string, string> = {
  signup: 'Signup is not answering, so nobody can say where the tenant is in its lifecycle.',
  'billing-webhooks': 'Billing is not answering, so nobody can say whether the tenant has paid.',
  provisioner: 'The provisioner is not answering: the tenant waits for its workspace until it is back.',
  workspace: 'The workspace service is not answering, so the customer cannot ask anything.',
  notifier: 'The notifier is not answering, so no mail leaves.',
};

/** The one cause that explains the most, found along the tenant's own way; the first that fits is it. */
export function findCause(facts: TenantFacts): Cause {
  const silent = silentOwners(facts);
  if (silent.length === 5) return broken('nobody_answers', 'No service is answering: is NATS there?');
  const tenant = facts.signup?.tenant;
  if (!tenant) return broken('signup_silent', silence['signup']!);
  switch (tenant.status) {
    case 'pending_payment':
      return whilePaying(facts) ?? unpaid(facts);
    case 'provisioning':
      return whileProvisioning(facts);
    case 'provisioning_failed':
      return afterFailure(facts);
    case 'active':
      return whileActive(facts);
    case 'suspended':
      return broken(
        'suspended',
        `The payment failed for good, so the workspace is suspended (subscription ${subscription(facts)}).`,
      );
    case 'expired':
      return fine('expired', 'Nobody paid in time, so the signup has expired; the same address can sign up again.');
    case 'cancelled':
      return fine(
        'cancelled',
        `The subscription ended (${facts['billing-webhooks']?.subscription?.end_reason ?? 'no reason known'}).`,
      );
    case 'erased':
      return fine('erased', 'The tenant was erased at its own wish.');
  }
}

function whilePaying(facts: TenantFacts): Cause | undefined {
  const billing = facts['billing-webhooks'];
  const { paid_at, email_verified_at } = facts.signup!.tenant!;
  if (paid_at && !email_verified_at) return waitingForCode(facts);
  if (!billing) return broken('billing_silent', silence['billing-webhooks']!);
  const { checkout, stripe, stripe_events } = billing;
  if (stripe_events.dead > 0)
    return broken(
      'stripe_event_dead',
      `Stripe told us about this tenant, but the event could not be applied: ${stripe_events.dead_reason ?? 'no reason kept'}.`,
    );
  if (stripe.paid) return broken('paid_unheard', 'Stripe has the payment, but its webhook never reached us.');
  if (checkout?.state === 'completed' && !paid_at)
    return broken('payment_not_told', `Billing has the payment, but signup has not heard of it${becauseDead(facts)}.`);
  if (checkout?.last_error && checkout.state !== 'open' && checkout.state !== 'completed')
    return broken('checkout_not_open', `The payment page could not be opened: ${checkout.last_error}.`);
  if (stripe.asked === 'failed')
    return broken('stripe_away', `Stripe does not answer, so a payment may be unheard of: ${stripe.detail ?? ''}.`);
  return undefined;
}

function waitingForCode({ notifier }: TenantFacts): Cause {
  const mail = notifier?.verification;
  const trouble = mail?.bounced_as ?? (mail?.state === 'failed' || mail?.state === 'skipped' ? mail.reason : null);
  return trouble
    ? broken('code_not_delivered', `Paid, but the mail with the code did not arrive (${trouble}).`)
    : fine('waiting_for_code', 'Paid, and waiting for the customer to type the code from the mail.');
}

const unpaid = (facts: TenantFacts): Cause =>
  fine(
    'not_paid_yet',
    `The customer has not paid yet (payment page: ${facts['billing-webhooks']?.checkout?.state ?? 'none'}).`,
  );

function whileProvisioning(facts: TenantFacts): Cause {
  if (!facts.provisioner) return broken('provisioner_silent', silence['provisioner']!);
  const { run } = facts.provisioner;
  if (!run)
    return broken(
      'not_cleared',
      `The provisioner has not heard that the tenant may be provisioned${becauseDead(facts)}.`,
    );
  const { state, step, last_error, attempts, next_attempt_at } = run;
  const at = `step ${step ?? '(none)'}`;
  if (state === 'done')
    return broken(
      'provisioned_not_told',
      `The workspace is ready, but signup has not heard of it${becauseDead(facts)}.`,
    );
  if (state === 'undoing' || state === 'failed')
    return broken(
      'provisioning_undone',
      `Provisioning was given up at ${at} and is being taken back: ${last_error ?? 'no error kept'}.`,
    );
  if (!last_error) return fine('provisioning', `Provisioning is under way at ${at}.`);
  const next = next_attempt_at ? `, next at ${next_attempt_at}` : '';
  // F3: the documents are there, only nobody can find them yet.
  if (step === 'samples-searchable')
    return broken(
      'samples_not_searchable',
      `The sample documents were written but cannot be found yet (attempt ${attempts}${next}): ${last_error}.`,
    );
  return broken('provisioning_stuck', `Provisioning is stuck at ${at} (attempt ${attempts}${next}): ${last_error}.`);
}

function afterFailure(facts: TenantFacts): Cause {
  const { provisioning_error, compensated_at, refunded_cents } = facts.signup!.tenant!;
  const error = facts.provisioner?.run?.last_error ?? provisioning_error ?? 'no error kept';
  const where = facts.provisioner?.run?.step ?? provisioning_error?.split(':')[0] ?? 'an unknown step';
  if (compensated_at)
    return broken(
      'failed_and_compensated',
      `Provisioning failed for good at step ${where} (${error}); the subscription was cancelled and ${refunded_cents ? `${(refunded_cents / 100).toFixed(2)} refunded` : 'nothing had been charged'}.`,
    );
  return broken(
    'failed_not_compensated',
    `Provisioning failed for good at step ${where} (${error}), and the subscription is not cancelled yet${becauseDead(facts)}.`,
  );
}

function whileActive(facts: TenantFacts): Cause {
  const { workspace, provisioner } = facts;
  if (!workspace) return broken('workspace_silent', silence['workspace']!);
  if (workspace.workspace?.state !== 'open')
    return broken(
      'workspace_not_open',
      `The tenant is active, but its workspace is ${workspace.workspace?.state ?? 'not there'}.`,
    );
  return (
    samplesLost(provisioner) ?? questionsFail(facts) ?? welcomeLost(facts) ?? leftOver(facts) ?? whereTheyStopped(facts)
  );
}

/** F3: active, and yet the first question finds nothing. */
function samplesLost(provisioner: TenantFacts['provisioner']): Cause | undefined {
  const seen = provisioner?.pinecone;
  if (seen?.asked !== 'answered') return undefined;
  if (!seen.exists)
    return broken(
      'namespace_missing',
      `The tenant is active, but its namespace ${seen.namespace ?? ''} does not exist.`,
    );
  if ((seen.samples_present ?? 0) < seen.samples_expected)
    return broken(
      'samples_missing',
      `The tenant is active, but only ${seen.samples_present ?? 0} of ${seen.samples_expected} sample documents are there.`,
    );
  if (!seen.sample_question_finds_its_answer)
    return broken(
      'samples_not_searchable',
      'The sample documents are there, but the sample question does not find its answer.',
    );
  return undefined;
}

/** F4: questions are tried and fail, so nobody may count the customer as activated. */
function questionsFail({ workspace }: TenantFacts): Cause | undefined {
  const { failed_in_a_row = 0, last_failure, questions_answered = 0 } = workspace?.workspace ?? {};
  if (failed_in_a_row === 0) return undefined;
  const before = questions_answered === 0 ? 'none was ever answered' : `${questions_answered} were answered before`;
  return broken(
    'questions_fail',
    `The customer’s questions fail (${last_failure ?? 'unknown'}): ${failed_in_a_row} in a row, and ${before}.`,
  );
}

/** F5: the welcome mail did not reach a person. Who has come anyway needs no mail. */
function welcomeLost({ notifier, signup, funnel }: TenantFacts): Cause | undefined {
  const came = signup?.tenant?.first_query_attempted_at || funnel?.last_stage === 'logged_in';
  if (came) return undefined;
  if (!notifier) return broken('notifier_silent', silence['notifier']!);
  const mail = notifier.welcome;
  if (!mail) return broken('welcome_not_queued', 'The tenant is active, but no welcome mail was ever written.');
  if (mail.bounced_as === 'spam_report')
    return broken('welcome_spam', 'The welcome mail was reported as spam: the customer gets no more mail.');
  if (mail.bounced_as)
    return broken('welcome_bounced', `The welcome mail came back (${mail.bounced_as}): the customer never got it.`);
  if (mail.state === 'skipped')
    return broken('welcome_withheld', `The welcome mail was not sent (${mail.reason ?? 'no reason kept'}).`);
  if (mail.state === 'failed')
    return broken('welcome_failed', `The welcome mail could not be sent: ${mail.reason ?? 'no reason kept'}.`);
  if (mail.state !== 'sent')
    return broken('welcome_waiting', `The welcome mail has not left yet (${mail.state}, attempt ${mail.attempts}).`);
  if (!mail.delivered_at)
    return broken('welcome_undelivered', 'SendGrid took the welcome mail but has not reported its delivery.');
  if (!mail.opened_at)
    return broken(
      'welcome_unopened',
      'The welcome mail was delivered but nobody opened it: it may lie in the spam folder.',
    );
  return undefined;
}

/** Nothing else explains it, and something of theirs was given up. */
function leftOver(facts: TenantFacts): Cause | undefined {
  const [dead] = deadLettersOf(facts);
  return dead && broken('dead_letter', `Something of this tenant could not be done in ${dead.owner}: ${dead.reason}.`);
}

/** F2: nothing is broken, and yet they do not go on. */
function whereTheyStopped(facts: TenantFacts): Cause {
  const tenant = facts.signup!.tenant!;
  if (tenant.activation_completed_at) return fine('activated', 'Nothing is wrong: the customer is activated.');
  const [silent] = silentOwners(facts);
  const at = tenant.first_document_at
    ? 'uploading a document, before asking about it'
    : tenant.first_query_at
      ? 'the first answer, before uploading a document'
      : tenant.first_query_attempted_at
        ? 'a first question that found no answer'
        : 'the workspace was opened, before asking anything';
  if ((facts.funnel?.stuck.length ?? 0) > 0)
    return broken('wizard_left', `Nothing is broken: the customer left the setup wizard after ${at}.`);
  if (silent) return broken(`${silent}_silent`, silence[silent]!);
  return fine('on_the_way', `Nothing is wrong: the customer is on the way, last seen after ${at}.`);
}

const subscription = (facts: TenantFacts) => facts['billing-webhooks']?.subscription?.status ?? 'unknown';

function becauseDead(facts: TenantFacts): string {
  const [dead] = deadLettersOf(facts);
  return dead ? `: ${dead.owner} gave it up (${dead.reason})` : '';
}
