import { type Html, html, htmlPage } from '../core/html.js';
import type { Sim, VendorName } from '../core/sim.js';
import { failures } from './failures.js';

const LAST_REQUESTS = 30;
const ADVANCES = [
  { title: '1 hour', seconds: 3600 },
  { title: '1 day', seconds: 86_400 },
  { title: '14 days', seconds: 14 * 86_400 },
  { title: '1 month', seconds: 31 * 86_400 },
];

/** What a person sees at the console's root: where everything is, the switches, the clock and what just happened. */
export function consolePage(sim: Sim): string {
  return htmlPage(
    'Latchkey sandbox',
    html`<h1>Sandbox</h1>
      <p>Stand-ins for the vendors. Nothing here costs money or leaves this machine.</p>
      <p><a href="/inbox">Inbox</a> · <a href="/stripe">Stripe objects</a> · <a href="/_sim/effects">Effects</a></p>
      ${ports(sim)} ${switches(sim)} ${rules(sim)} ${clock(sim)} ${requests(sim)}`,
  );
}

function ports(sim: Sim): Html {
  const names: readonly VendorName[] = ['stripe', 'pinecone', 'openai', 'sendgrid', 'captcha'];
  return html`<h2>Vendors</h2>
    <table>
      <tr>
        <th>vendor</th>
        <th>address</th>
        <th>latency</th>
      </tr>
      ${names.map(
        (name) =>
          html`<tr>
            <td>${name}</td>
            <td>${sim.url(name)}</td>
            <td>${sim.latencyMs.get(name) ?? 0} ms</td>
          </tr>`,
      )}
    </table>`;
}

function switches(sim: Sim): Html {
  return html`<h2>Failures to try</h2>
    <table>
      ${failures.map((failure) => {
        const on = sim.faults.hasGroup(failure.name);
        const button = html`<form method="post" action="/_sim/failures/${failure.name}">
          <input type="hidden" name="on" value="${on ? 'false' : 'true'}" />
          <button>${on ? 'Switch off' : 'Switch on'}</button>
        </form>`;
        return html`<tr>
          <td>
            <strong>${failure.title}</strong
            >${on ? html` <span class="error">on</span>` : null}<br />${failure.explanation}
          </td>
          <td>${failure.rules.length > 0 ? button : null}</td>
        </tr>`;
      })}
    </table>`;
}

function rules(sim: Sim): Html | null {
  const active = sim.faults.list();
  if (active.length === 0) return null;
  return html`<h2>Fault rules</h2>
    <table>
      <tr>
        <th>rule</th>
        <th>action</th>
        <th>matched</th>
        <th>acted</th>
      </tr>
      ${active.map(
        (rule) =>
          html`<tr>
            <td>${rule.group ?? rule.id} ${JSON.stringify(rule.match)}</td>
            <td>${JSON.stringify(rule.action)}</td>
            <td>${rule.seen}</td>
            <td>${rule.hits}</td>
          </tr>`,
      )}
    </table>`;
}

function clock(sim: Sim): Html {
  return html`<h2>Clock</h2>
    <p>
      ${new Date(sim.clock.nowMs()).toISOString()}
      <span class="quiet">(${Math.round(sim.clock.offset() / 3600_000)} h ahead of real time)</span>
    </p>
    <p>
      ${ADVANCES.map(
        ({ title, seconds }) =>
          html`<form class="inline" method="post" action="/_sim/clock/advance">
            <input type="hidden" name="seconds" value="${seconds}" /><button>Advance ${title}</button>
          </form>`,
      )}
    </p>`;
}

function requests(sim: Sim): Html {
  const last = sim.journal.requests({ limit: LAST_REQUESTS }).reverse();
  return html`<h2>Last requests</h2>
    <table>
      <tr>
        <th>vendor</th>
        <th>request</th>
        <th>status</th>
        <th>time</th>
        <th>effects</th>
        <th>fault</th>
      </tr>
      ${last.map(
        (entry) =>
          html`<tr>
            <td>${entry.vendor}</td>
            <td>${entry.method} ${entry.path}</td>
            <td>${entry.status === 0 ? 'none' : entry.status}</td>
            <td>${entry.duration_ms} ms</td>
            <td>${(entry.effects ?? []).map(({ kind }) => kind).join(', ')}</td>
            <td>${entry.fault}</td>
          </tr>`,
      )}
    </table>`;
}
