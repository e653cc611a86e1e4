import { StripeLedger } from '../stripe-ledger.js';
import { type Invariant, verdictOver } from './invariant.js';

export const billingSaysWhatStripeSays: Invariant = {
  id: 'I-5',
  sentence: 'Duplicates, other orders and late repetitions leave billing with what Stripe says',
  check: ({ effects, subscriptions, tenants }) => {
    const ledger = new StripeLedger(effects);
    return verdictOver(
      ledger.payers.filter((id) => tenants.has(id)),
      (tenantId) => {
        const believed = subscriptions.filter(({ tenant_id: id, ended }) => id === tenantId && !ended).length;
        const running = ledger.running(tenantId);
        return believed === running
          ? undefined
          : `${running} subscriptions run at Stripe, billing believes in ${believed}`;
      },
      (tenantId) => tenantId,
    );
  },
};

export const acceptedMeansStored: Invariant = {
  id: 'I-6',
  sentence: 'Whatever webhook was answered with success is stored and applied',
  check: ({ webhooks, stripeEvents }) => {
    const answered = webhooks.filter(({ attempts }) => attempts.some(({ status }) => status !== null && status < 300));
    return verdictOver(
      answered,
      ({ event, type }) => {
        const state = stripeEvents.get(event);
        if (state === undefined) return `${type} ${event} was accepted and is not stored`;
        return state === 'applied' || state === 'ignored' ? undefined : `${type} ${event} is ${state}`;
      },
      () => null,
    );
  },
};

export const lostWebhooksAreFound: Invariant = {
  id: 'I-8',
  sentence: 'A payment whose webhook never came is found all the same',
  check: ({ webhooks, stripeEvents, effects, tenants, checkouts }) => {
    const lost = webhooks.filter(({ event, type, state }) => {
      return type === 'checkout.session.completed' && state === 'lost' && !stripeEvents.has(event);
    });
    if (lost.length === 0) return { checked: 0, violations: [] };
    // Which session an event told of is Stripe's to know: so every paid one must be settled when some were lost.
    const paid = effects.filter(({ kind, key }) => kind === 'session.completed' && tenants.has(key));
    const settled = new Map(checkouts.map((checkout) => [checkout.session_id, checkout.state]));
    const verdict = verdictOver(
      paid,
      ({ detail }) => {
        const state = settled.get(String(detail['id']));
        return state === 'completed' ? undefined : `session ${String(detail['id'])} is paid, and ${state} for billing`;
      },
      ({ key }) => key,
    );
    return { ...verdict, checked: Math.min(verdict.checked, lost.length) };
  },
};
