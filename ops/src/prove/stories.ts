import { publishRaw } from '@latchkey/chaos/parts';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { together, type Person } from './people.js';
import type { Stage } from './stage.js';

/** One thing that happens, and what must then be heard from Alertmanager. */
export interface Event {
  /** In the report: what was done to the running system. */
  what: string;
  happen: (stage: Stage) => Promise<void>;
  fires?: string[];
  resolves?: string[];
}

/** Causes and their end, in order. The stories are told on one system, one after the other. */
export interface Story {
  name: string;
  events: Event[];
}

const hours = 3_600;
const days = 24 * hours;
const time = 'nothing more; time passes';
const wait = async () => undefined;

function openingNothing(): Story {
  let people: Person[] = [];
  return {
    name: 'people who do not go on',
    events: [
      {
        what: '24 people pay, log in and leave',
        happen: async ({ sandbox, people: makes }) => {
          // For the mails' story at the end: welcome mails of all these are opened by nobody.
          await sandbox.addRule({
            match: { vendor: 'sendgrid', path: '/v3/mail/send' },
            action: { type: 'mail-outcome', outcome: 'noopen' },
          });
          people = await makes.each(24, async (person) => {
            await person.signUp();
            await person.verifyAndPay();
            await person.reaches('active');
            await person.logIn();
          });
        },
        fires: ['ActivationLow', 'WizardDropOff'],
      },
      {
        what: 'they come back and get their first own answer',
        happen: () => together(people, (person) => person.activate()),
        resolves: ['ActivationLow', 'WizardDropOff'],
      },
    ],
  };
}

const refusedVectors: Story = {
  name: 'vectors that are refused',
  events: [
    {
      what: 'Pinecone refuses two of five writes for good while 36 people pay',
      happen: async ({ sandbox, people }) => {
        const match = { vendor: 'pinecone', path: '/vectors/upsert', probability: 0.4, seed: 7 };
        await sandbox.addRule({ match, action: { type: 'status', status: 400 } });
        await people.each(36, async (person) => {
          await person.signUp();
          await person.verifyAndPay();
          await person.reaches('active', 'provisioning_failed');
        });
      },
      fires: ['ProvisioningFailures', 'SampleDataFailures'],
    },
    {
      what: 'Pinecone is well; time passes',
      happen: (stage) => stage.clear(),
      resolves: ['ProvisioningFailures', 'SampleDataFailures'],
    },
  ],
};

function awayForMinutes(): Story {
  let people: Person[] = [];
  return {
    name: 'a vendor that is away',
    events: [
      {
        what: 'Pinecone is away while 22 people pay, and three minutes pass',
        happen: async ({ sandbox, calendar, people: makes }) => {
          await sandbox.breakVendor({ vendor: 'pinecone' }, 503);
          people = await makes.each(22, async (person) => {
            await person.signUp();
            await person.verifyAndPay();
            await person.reaches('provisioning');
          });
          await calendar.leap(180);
        },
        fires: ['VendorStopped', 'PaidTenantUnresolved'],
      },
      {
        what: 'Pinecone is back, all become active',
        happen: async (stage) => {
          await stage.clear();
          const active = together(people, (person) => person.reaches('active'));
          let waiting = true;
          void active.finally(() => (waiting = false)).catch(() => undefined);
          // The pauses of the breaker and of the runs pass in leaps; the deadline of a run is far longer than all of them.
          for (let leaps = 0; waiting && leaps < 8; leaps++) {
            await stage.calendar.leap(30);
            await sleep(4_000);
          }
          await active;
        },
        fires: ['ProvisioningSlow'],
        resolves: ['VendorStopped', 'PaidTenantUnresolved'],
      },
      { what: time, happen: wait, resolves: ['ProvisioningSlow'] },
    ],
  };
}

const natsStandsStill: Story = {
  name: 'a bus that stands still',
  events: [
    {
      what: 'nats-server is stopped (SIGSTOP), somebody signs up, a minute passes',
      happen: async ({ system, people, calendar }) => {
        await system.signal('nats', 'SIGSTOP');
        await people.each(1, (person) => person.signUp());
        await calendar.leap(60);
      },
      fires: ['NatsUnwell', 'OutboxOld'],
    },
    { what: 'nats-server goes on', happen: (stage) => stage.clear(), resolves: ['NatsUnwell', 'OutboxOld'] },
  ],
};

const poison: Story = {
  name: 'an event nobody can read',
  events: [
    {
      what: 'an event that breaks its contract is published',
      happen: async ({ system }) => {
        const tenant = 'tenant_of_nobody';
        await publishRaw(system.natsUrl, `latchkey.signup.tenant-signed-up.v1.${tenant}`, '{}', {
          'ce-id': randomUUID(),
          'ce-type': 'signup.tenant-signed-up.v1',
          'ce-source': 'signup',
          'ce-subject': tenant,
          'ce-time': new Date().toISOString(),
        });
      },
      fires: ['DeadLetters'],
    },
    {
      what: 'an operator discards it',
      happen: (stage) => stage.discardDeadLetters(),
      resolves: ['DeadLetters'],
    },
  ],
};

const heldTables: Story = {
  name: 'forgotten transactions',
  events: [
    {
      what: 'a transaction holds analytics’ journal while 60 people sign up',
      happen: async (stage) => {
        await stage.lockTable('analytics', 'facts.event');
        await stage.people.each(60, (person) => person.signUp());
      },
      fires: ['ConsumerLag'],
    },
    { what: 'the transaction ends', happen: (stage) => stage.clear(), resolves: ['ConsumerLag'] },
    {
      what: 'a transaction holds workspace’s dead letters',
      happen: async (stage) => void (await stage.lockTable('workspace', 'kit.dead_letter')),
      fires: ['MeasurementFailing'],
    },
    { what: 'the transaction ends', happen: (stage) => stage.clear(), resolves: ['MeasurementFailing'] },
  ],
};

const processesAndErrors: Story = {
  name: 'processes and answers',
  events: [
    {
      what: 'notifier is stopped (SIGSTOP)',
      happen: async ({ system }) => void (await system.signal('notifier', 'SIGSTOP')),
      fires: ['ServiceDown'],
    },
    { what: 'notifier goes on', happen: (stage) => stage.clear(), resolves: ['ServiceDown'] },
    {
      what: 'the CAPTCHA’s maker answers 500 to 80 signups',
      happen: async ({ sandbox, people }) => {
        await sandbox.breakVendor({ vendor: 'captcha' }, 500);
        await people.each(80, (person) => person.tryToSignUp());
      },
      fires: ['HttpErrors'],
    },
    { what: 'it is well; time passes', happen: (stage) => stage.clear(), resolves: ['HttpErrors'] },
  ],
};

const slowMails: Story = {
  name: 'a slow vendor',
  events: [
    {
      what: 'SendGrid takes 8 s for each mail, 110 people sign up',
      happen: async ({ sandbox, people }) => {
        const match = { vendor: 'sendgrid', path: '/v3/mail/send' };
        await sandbox.addRule({ match, action: { type: 'latency', ms: 8_000 } });
        await people.each(110, (person) => person.signUp());
      },
      fires: ['JobsLate'],
    },
    { what: 'SendGrid is quick again', happen: (stage) => stage.clear(), resolves: ['JobsLate'] },
  ],
};

const failingLook: Story = {
  name: 'a scheduled look that only fails',
  events: [
    {
      what: 'Stripe refuses to list its events',
      happen: async ({ sandbox }) =>
        void (await sandbox.breakVendor({ vendor: 'stripe', method: 'GET', path: '/v1/events' }, 400)),
      fires: ['ScheduledJobFailing'],
    },
    { what: 'it lists them', happen: (stage) => stage.clear(), resolves: ['ScheduledJobFailing'] },
  ],
};

const mails: Story = {
  name: 'mails that do not reach people',
  events: [
    {
      what: 'half of the mails to 40 people who sign up bounce',
      happen: async (stage) => {
        await stage.clear();
        const match = { vendor: 'sendgrid', path: '/v3/mail/send', probability: 0.5, seed: 5 };
        await stage.sandbox.addRule({ match, action: { type: 'mail-outcome', outcome: 'bounce' } });
        await stage.people.each(40, (person) => person.signUp());
      },
      fires: ['BouncesHigh'],
    },
    {
      what: 'mails arrive again; a day passes, in which nobody opened the welcome mails of the first story',
      happen: async (stage) => {
        await stage.clear();
        await stage.calendar.leap(25 * hours);
      },
      fires: ['OpensLow'],
      resolves: ['BouncesHigh'],
    },
    {
      what: 'a week passes',
      happen: ({ calendar }) => calendar.leap(8 * days),
      resolves: ['OpensLow'],
    },
  ],
};

const money: Story = {
  name: 'money that must go back',
  events: [
    {
      what: 'somebody’s workspace cannot be made until their trial is over and charged; Stripe cannot cancel or list meanwhile',
      happen: async ({ sandbox, calendar, people }) => {
        await people.each(1, async (person) => {
          await person.signUp();
          await sandbox.delayVectorsOf(person.tenantId);
          await person.verifyAndPay();
          await person.reaches('provisioning');
          await sandbox.breakVendor({ vendor: 'stripe', method: 'DELETE', path: '/v1/subscriptions' }, 400);
          await sandbox.breakVendor({ vendor: 'stripe', method: 'GET', path: '/v1/events' }, 400);
          // The draft is charged an hour after the trial; the patience of the run, and signup's own, ends long before.
          await calendar.leap(15 * days);
          await calendar.leap(3 * hours);
          await person.reaches('provisioning_failed');
        });
        await calendar.leap(2 * hours);
      },
      fires: ['CompensationLate', 'StripeListsBehind'],
    },
    {
      what: 'Stripe does both again',
      happen: async (stage) => {
        await stage.clear();
        await stage.calendar.skipPauses();
      },
      fires: ['SagaRefund'],
      resolves: ['CompensationLate', 'StripeListsBehind'],
    },
    { what: time, happen: wait, resolves: ['SagaRefund'] },
  ],
};

/** In this order: leaps of days come last, because much is bound to a day. */
export const stories = (): Story[] => [
  openingNothing(),
  refusedVectors,
  awayForMinutes(),
  natsStandsStill,
  poison,
  heldTables,
  processesAndErrors,
  slowMails,
  failingLook,
  mails,
  money,
];
