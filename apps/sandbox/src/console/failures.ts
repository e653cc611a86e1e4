import type { FaultRuleInput } from '../core/faults.js';

/** One named failure of the reference's S8: a switch a person can flip, and the rules it stands for. */
export interface NamedFailure {
  name: string;
  title: string;
  explanation: string;
  rules: FaultRuleInput[];
}

const unavailable = { type: 'status', status: 503, headers: { 'retry-after': '1' } } as const;

export const failures: readonly NamedFailure[] = [
  {
    name: 'stuck-provisioning',
    title: 'Failure 1: paid, but stuck in provisioning',
    explanation: 'Every Pinecone write answers 503, so retries run out and the money has to go back.',
    rules: [
      { match: { vendor: 'pinecone', method: 'POST', path: '/vectors/upsert' }, action: unavailable },
      { match: { vendor: 'pinecone', method: 'POST', path: '/namespaces' }, action: unavailable },
    ],
  },
  {
    name: 'wizard-drop-off',
    title: 'Failure 2: people leave the wizard',
    explanation: 'Answers and the reading of documents take eight seconds longer: this is where people leave.',
    rules: [
      { match: { vendor: 'openai', path: '/v1/chat/completions' }, action: { type: 'latency', ms: 8_000 } },
      { match: { vendor: 'openai', path: '/v1/responses' }, action: { type: 'latency', ms: 8_000 } },
      { match: { vendor: 'openai', path: '/v1/embeddings' }, action: { type: 'latency', ms: 8_000 } },
    ],
  },
  {
    name: 'sample-data-lost',
    title: 'Failure 3: active, but the sample data is not there',
    explanation:
      'Writes to Pinecone are accepted but stay invisible for 30 s, and a third of the embeddings answer 429.',
    rules: [
      {
        match: { vendor: 'openai', path: '/v1/embeddings', probability: 0.33, seed: 3 },
        action: { type: 'status', status: 429 },
      },
      { match: { vendor: 'pinecone', path: '/query' }, action: { type: 'stale-read', ms: 30_000 } },
      { match: { vendor: 'pinecone', path: '/vectors' }, action: { type: 'stale-read', ms: 30_000 } },
    ],
  },
  {
    name: 'false-activation',
    title: 'Failure 4: counted as activated without an answer',
    explanation: 'Questions fail behind the scenes: attempts must rise, successes must not.',
    rules: [
      { match: { vendor: 'openai', path: '/v1/chat/completions' }, action: { type: 'status', status: 500 } },
      { match: { vendor: 'openai', path: '/v1/responses' }, action: { type: 'status', status: 500 } },
    ],
  },
  {
    name: 'mail-to-spam',
    title: 'Failure 5: the welcome mail lands in spam',
    explanation:
      'Half of the mails are reported as spam, a tenth bounce; the rest are delivered but nobody opens them.',
    rules: [
      {
        match: { vendor: 'sendgrid', path: '/v3/mail/send', probability: 0.5, seed: 5 },
        action: { type: 'mail-outcome', outcome: 'spam' },
      },
      {
        match: { vendor: 'sendgrid', path: '/v3/mail/send', probability: 0.2, seed: 6 },
        action: { type: 'mail-outcome', outcome: 'bounce' },
      },
      { match: { vendor: 'sendgrid', path: '/v3/mail/send' }, action: { type: 'mail-outcome', outcome: 'noopen' } },
    ],
  },
];
