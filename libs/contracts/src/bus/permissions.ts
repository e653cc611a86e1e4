import { owners, streamOf, type Owner } from '../events/event.js';
import { hints } from '../hints.js';
import * as questions from '../questions/index.js';
import type { QuestionContract } from '../questions/question.js';
import { busConsumers } from './consumers.js';

/** Who connects to NATS: the services, and the keeper that makes streams and consumers. */
export type BusIdentity = Owner | 'bus-keeper';
export const busIdentities: readonly BusIdentity[] = [...owners, 'bus-keeper'];

/** What one identity may do; everything else is refused. `replies`: it answers questions, once each. */
export interface BusPermissions {
  publish: string[];
  subscribe: string[];
  replies: boolean;
}

function allQuestions(): QuestionContract[] {
  const exported: unknown[] = Object.values(questions);
  return exported.filter(
    (entry): entry is QuestionContract => typeof entry === 'object' && entry !== null && 'askedBy' in entry,
  );
}

/** The kit opens three connections for a service; each hears its replies under a prefix of its own. */
const inboxesOf = (service: Owner): string[] =>
  ['', '-asks', '-answers'].map((connection) => `_INBOX_${service}${connection}.>`);

/**
 * Made of the contracts: a service publishes its own events, asks the questions it is named in, answers its own, and takes
 * from its own consumers. It can neither make nor change a stream or a consumer: a consumer's filter decides what is read.
 */
export function busPermissionsOf(identity: BusIdentity): BusPermissions {
  if (identity === 'bus-keeper') return keeper;
  const consumers = busConsumers().filter(({ service }) => service === identity);
  const wake = `latchkey.wake.${identity}.relay`;
  return {
    publish: [
      `latchkey.${identity}.*.*.*`,
      wake,
      ...hints.filter(({ from }) => from === identity).map(({ subject }) => subject),
      ...allQuestions()
        .filter(({ askedBy }) => askedBy.includes(identity))
        .map(({ subject }) => subject),
      `$JS.API.STREAM.INFO.${streamOf(identity)}`,
      ...consumers.flatMap(({ stream, durable }) => [
        `$JS.API.CONSUMER.INFO.${stream}.${durable}`,
        `$JS.API.CONSUMER.MSG.NEXT.${stream}.${durable}`,
        `$JS.ACK.${stream}.${durable}.>`,
      ]),
    ],
    subscribe: [
      ...inboxesOf(identity),
      wake,
      ...(allQuestions().some(({ owner }) => owner === identity) ? [`latchkey.ask.${identity}.*`] : []),
      ...hints.filter(({ to }) => to.includes(identity)).map(({ subject }) => subject),
    ],
    replies: true,
  };
}

/** It makes and mends; it cannot delete, purge, or read a message. */
const keeper: BusPermissions = {
  publish: [
    '$JS.API.STREAM.INFO.*',
    '$JS.API.STREAM.CREATE.*',
    '$JS.API.STREAM.UPDATE.*',
    '$JS.API.CONSUMER.INFO.*.*',
    '$JS.API.CONSUMER.CREATE.*.*',
    '$JS.API.CONSUMER.DURABLE.CREATE.*.*',
    '$JS.API.CONSUMER.CREATE.*.*.>',
  ],
  subscribe: ['_INBOX_bus-keeper.>'],
  replies: false,
};

/** The variable that holds an identity's public key for the NATS server. */
export const publicKeyVariable = (identity: BusIdentity): string =>
  `NATS_PUBLIC_NKEY_${identity.toUpperCase().replaceAll('-', '_')}`;

/**
 * The `authorization` block of nats-server's configuration. Keys are read from the server's environment unless given, so one
 * committed file serves every installation.
 */
export function busAuthorization(
  publicKeyOf: (identity: BusIdentity) => string = (identity) => `$${publicKeyVariable(identity)}`,
): string {
  const list = (subjects: string[]) => `[${subjects.map((subject) => `"${subject}"`).join(', ')}]`;
  const users = busIdentities.map((identity) => {
    const { publish, subscribe, replies } = busPermissionsOf(identity);
    return [
      `    # ${identity}`,
      '    {',
      `      nkey: ${publicKeyOf(identity)}`,
      '      permissions {',
      `        publish: { allow: ${list(publish)} }`,
      `        subscribe: { allow: ${list(subscribe)} }`,
      ...(replies ? ['        allow_responses: true'] : []),
      '      }',
      '    }',
    ].join('\n');
  });
  return `authorization {\n  # A busy machine may take longer than the 2 s that NATS gives a client to show its key.\n  timeout: 10\n  users = [\n${users.join('\n')}\n  ]\n}\n`;
}
