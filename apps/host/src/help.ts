/** What `npm start -- --help` says. */
export const help = `npm start: the whole of Latchkey on this machine (PostgreSQL, NATS, the vendors' sandbox and six services).

  LATCHKEY_PORT_BASE   first port, 4000 unless set: +0 gateway, +1 to +5 the other services, +6 signup's metrics,
                       +10 to +15 the sandbox, +22 NATS and +23 its monitoring pages, +32 PostgreSQL
  LATCHKEY_DATA_DIR    where data, logs and secrets are kept, .latchkey unless set; npm run reset removes them
  LATCHKEY_CACHE_DIR   where a downloaded nats-server is kept, ~/.cache/latchkey unless set
  SANDBOX_LATENCY_MS   how slow the sandbox is, for instance stripe=80,pinecone=40,openai=120,sendgrid=30
  LATCHKEY_PARTS       only these parts, for instance sandbox; the others then run elsewhere, on the same ports
  LATCHKEY_RESTART_PAUSE_MAX_MS  longest pause before a part that died starts again, 10000 unless set
  LOG_LEVEL            of all services, info unless set

Your own instead of the local part, each by itself:
  NATS_URL             a NATS server with JetStream
  DATABASE_URL_SIGNUP, _BILLING_WEBHOOKS, _PROVISIONER, _WORKSPACE, _NOTIFIER, _ANALYTICS
  STRIPE_SECRET_KEY    with STRIPE_WEBHOOK_SECRET
  PINECONE_API_KEY     with PINECONE_INDEX_HOST
  OPENAI_API_KEY
  SENDGRID_API_KEY     with FROM_EMAIL and SENDGRID_WEBHOOK_PUBLIC_KEY
  CAPTCHA_SECRET       with CAPTCHA_VERIFY_URL

Ctrl-C finishes the work in hand and stops everything; a second Ctrl-C kills. Nothing outlives this program.`;
