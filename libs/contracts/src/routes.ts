/**
 * The one public origin: which service answers which path. The gateway in signup proxies by this table, and the
 * Kubernetes ingress is written from the same one. First match wins; signup itself answers what is not listed.
 */
export const routes = [
  { prefix: '/v1/', service: 'workspace' },
  { prefix: '/api/analytics/', service: 'analytics' },
  { prefix: '/api/billing/', service: 'billing-webhooks' },
  { prefix: '/stripe-webhook', service: 'billing-webhooks' },
  { prefix: '/sendgrid-webhook', service: 'notifier' },
] as const;

/** Port offsets from LATCHKEY_PORT_BASE (DESIGN section 5). */
export const portOffsets = {
  signup: 0,
  'billing-webhooks': 1,
  provisioner: 2,
  workspace: 3,
  notifier: 4,
  analytics: 5,
  signupMetrics: 6,
  console: 10,
  stripe: 11,
  pinecone: 12,
  openai: 13,
  sendgrid: 14,
  captcha: 15,
  nats: 22,
  natsMonitoring: 23,
  postgres: 32,
} as const;
