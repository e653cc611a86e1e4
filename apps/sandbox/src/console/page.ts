import { type Html, html } from '../core/html.js';
import type { Sim, VendorName } from '../core/sim.js';
import { failures, type NamedFailure } from './failures.js';
import { consolePage, stateText, table, timeText } from './frame.js';

const requestsShown = 100;
const steps = [
  { title: '1 hour', seconds: 3600 },
  { title: '1 day', seconds: 86_400 },
  { title: '3 days', seconds: 3 * 86_400 },
  { title: '14 days', seconds: 14 * 86_400 },
  { title: '1 month', seconds: 31 * 86_400 },
];
const vendors: readonly VendorName[] = ['stripe', 'pinecone', 'openai', 'sendgrid', 'captcha'];

/** What a person sees at the console's root: what can be broken, what time it is, where everything is. */
export function rootPage(sim: Sim): string {
  return consolePage(
    'Failures and clock',
    '/',
    html`<h1>Break something, and watch the product cope</h1>
      <p class="quiet">Stand-ins for the vendors. Nothing here costs money or leaves this machine.</p>
      <h2>The five failures</h2>
      <div class="cards">${failures.map((failure) => failureCard(sim, failure))}</div>
      <div data-live="rules">${rules(sim)}</div>
      ${clock(sim)}
      <h2>Vendors</h2>
      ${table(
        'Vendors',
        ['Vendor', 'Address', 'Added latency'],
        vendors.map((name) => [name, sim.url(name), `${sim.latencyMs.get(name) ?? 0} ms`]),
        '',
      )}`,
  );
}

function failureCard(sim: Sim, { name, title, explanation }: NamedFailure): Html {
  const on = sim.faults.hasGroup(name);
  return html`<form class="card ${on ? 'on' : ''}" method="post" action="/_sim/failures/${name}">
    <strong id="${name}">${title}</strong>
    <p id="${name}-what">${explanation}</p>
    <p class="foot">
      <button
        role="switch"
        aria-checked="${on ? 'true' : 'false'}"
        aria-labelledby="${name}"
        aria-describedby="${name}-what"
        name="on"
        value="${on ? 'false' : 'true'}"
      >
        ${on ? 'On: switch off' : 'Off: switch on'}
      </button>
    </p>
  </form>`;
}

function rules(sim: Sim): Html | null {
  const active = sim.faults.list();
  if (active.length === 0) return null;
  return html`<h2>Rules at work</h2>
    ${table(
      'Rules at work',
      ['Of', 'Requests', 'What happens', 'Seen', 'Acted'],
      active.map((rule) => [
        rule.group ?? rule.id,
        Object.entries(rule.match)
          .map(([name, value]) => `${name} ${String(value)}`)
          .join(', '),
        Object.entries(rule.action)
          .map(([name, value]) => (name === 'type' ? String(value) : `${name} ${JSON.stringify(value)}`))
          .join(', '),
        rule.seen,
        rule.hits,
      ]),
      '',
    )}`;
}

function clock(sim: Sim): Html {
  const hours = Math.round(sim.clock.offset() / 3_600_000);
  const next = sim.clock.pending()[0];
  return html`<h2>The vendors’ clock</h2>
    <p>
      <strong>${timeText(sim.clock.nowMs())} UTC</strong>
      <span class="quiet">${hours === 0 ? 'the same as everybody’s' : `${hours} hours ahead of everybody’s`}</span>
    </p>
    <p class="quiet">
      Moving it ends trials, charges invoices and delivers what was deferred. It only goes forward, and the services
      keep their own time. ${next ? html`Next is due at ${timeText(next.atMs)}.` : 'Nothing is due.'}
    </p>
    ${steps.map(
      ({ title, seconds }) =>
        html`<form class="inline" method="post" action="/_sim/clock/advance">
          <input type="hidden" name="seconds" value="${seconds}" /><button>Advance ${title}</button>
        </form>`,
    )}`;
}

/** What the vendors were asked last, and what became of it. */
export function requestsPage(sim: Sim): string {
  const last = sim.journal.requests({ limit: requestsShown }).reverse();
  return consolePage(
    'Requests',
    '/requests',
    html`<h1>Requests</h1>
      <p class="quiet">
        The last ${requestsShown}, newest first. <a href="/_sim/effects">What really happened, once each</a>
      </p>
      <div data-live="requests">
        ${table(
          'Requests to the vendors',
          ['Vendor', 'Request', 'Answer', 'Time', 'Effects', 'Fault'],
          last.map((entry) => [
            entry.vendor,
            `${entry.method} ${entry.path}`,
            entry.status === 0
              ? stateText('none', 'bad')
              : stateText(String(entry.status), entry.status < 400 ? 'good' : 'bad'),
            `${entry.duration_ms} ms`,
            (entry.effects ?? []).map(({ kind }) => kind).join(', '),
            entry.fault ?? '',
          ]),
          'Nobody has asked anything yet.',
        )}
      </div>`,
  );
}
