import { portOffsets } from '@latchkey/contracts';
import { CannotGoOn } from './options.js';
import { request } from './http.js';

/** Where the parts of one running system answer. Strangers use the gateway, their mailbox and Stripe's page only. */
export interface Addresses {
  gateway: string;
  sandbox: string;
  provisioner: string;
  billing: string;
  notifier: string;
  analytics: string;
}

/** All ports are offsets from the gateway's (DESIGN section 5). */
export function addressesFrom(gateway: string): Addresses {
  const url = new URL(gateway);
  const base = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  const at = (part: keyof typeof portOffsets) => `${url.protocol}//${url.hostname}:${base + portOffsets[part]}`;
  return {
    gateway: url.origin,
    sandbox: at('console'),
    provisioner: at('provisioner'),
    billing: at('billing-webhooks'),
    notifier: at('notifier'),
    analytics: at('analytics'),
  };
}

/** Throws CannotGoOn with one sentence when a part that the journey needs does not answer, or refuses the operator. */
export async function assertAllAnswer(addresses: Addresses, operatorToken: string): Promise<void> {
  const signal = AbortSignal.timeout(10_000);
  const asOperator = { authorization: `Bearer ${operatorToken}` };
  await request(`${addresses.gateway}/health/live`, { signal }).catch(() => {
    throw new CannotGoOn(`Nothing answers at ${addresses.gateway}: start it with npm start.`);
  });
  const others = [
    ['the sandbox (codes are read from its inbox)', `${addresses.sandbox}/health/live`],
    ['provisioner', `${addresses.provisioner}/api/provisioner/pool`],
    ['billing-webhooks', `${addresses.billing}/health/live`],
    ['notifier', `${addresses.notifier}/api/notifier/messages?limit=1`],
    ['analytics', `${addresses.analytics}/api/analytics/activation-funnel?days=1`],
  ] as const;
  for (const [name, url] of others) {
    await request(url, { signal, headers: asOperator }).catch((error: Error) => {
      throw new CannotGoOn(`${addresses.gateway} answers, but ${name} does not let us in at ${url}: ${error.message}.`);
    });
  }
}
