import { type HostConfig, portsFrom } from './config.js';
import type { Happening } from './supervisor.js';

const colour = process.stdout.isTTY && !process.env['NO_COLOR'];
const paint = (code: number, text: string) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
const dim = (text: string) => paint(2, text);
const red = (text: string) => paint(31, text);
const green = (text: string) => paint(32, text);
const yellow = (text: string) => paint(33, text);

/** What a person sees: one line per thing that happens, with the seconds since the start. */
export class Screen {
  readonly #bornMs = performance.now();
  readonly #echoes = new Map<string, { sinceMs: number; shown: Set<string>; hidden: number }>();

  seconds(): string {
    return `${((performance.now() - this.#bornMs) / 1000).toFixed(1)} s`;
  }

  line(part: string, text: string): void {
    process.stdout.write(`${dim(this.seconds().padStart(8))}  ${part.padEnd(17)} ${text}\n`);
  }

  happening({ part, what, detail, lastWords }: Happening): void {
    const ports = [...new Set(Object.values(part.ports))];
    const [first = 0, last = 0] = [Math.min(...ports), Math.max(...ports)];
    const inARow = last - first === ports.length - 1;
    const where = ports.length === 1 ? `port ${first}` : `ports ${inARow ? `${first}-${last}` : ports.join(' and ')}`;
    if (what === 'ready' || what === 'back') this.line(part.name, `${green(what)}  ${dim(where)}`);
    else if (what === 'unhealthy') this.line(part.name, yellow(detail ?? 'unhealthy'));
    else if (what === 'ended') this.line(part.name, red(detail ?? 'ended'));
    else if (what === 'crash-loop') {
      this.line(part.name, red(`keeps crashing: ${detail}`));
      for (const word of lastWords ?? []) this.line(part.name, `  ${word}`);
    } else if (what === 'stopped') this.line(part.name, 'stopped');
    else if (what === 'killed') this.line(part.name, yellow('did not finish in time and was killed'));
  }

  /**
   * A part in trouble must not hide the others: the same line is shown once in ten seconds, and five lines of a part at
   * most. The log file has them all.
   */
  echo(part: string, text: string): void {
    const nowMs = performance.now();
    const last = this.#echoes.get(part);
    const window =
      last && nowMs - last.sinceMs < 10_000 ? last : { sinceMs: nowMs, shown: new Set<string>(), hidden: 0 };
    if (window !== last && last && last.hidden > 0)
      this.line(part, dim(`... and ${last.hidden} more lines in its log`));
    this.#echoes.set(part, window);
    if (window.shown.has(text) || window.shown.size >= 5) {
      window.hidden += 1;
      return;
    }
    window.shown.add(text);
    this.line(part, yellow(text.slice(0, 400)));
  }

  /** Where everything is. */
  box(rows: [string, string][]): void {
    const wide = Math.max(...rows.map(([label]) => label.length));
    const lines = rows.map(([label, value]) => (value ? `${label.padEnd(wide)}  ${value}` : label));
    const inner = Math.max(...lines.map((line) => line.length));
    const edge = '─'.repeat(inner + 2);
    process.stdout.write(`\n┌${edge}┐\n${lines.map((line) => `│ ${line.padEnd(inner)} │\n`).join('')}└${edge}┘\n\n`);
  }
}

/** The box that stands at the end of a start. */
export function whereEverythingIs(
  { portBase, dataDir, env }: HostConfig,
  operatorToken: string,
  consoleLogin: string,
  real: string[],
): [string, string][] {
  const port = portsFrom(portBase);
  const at = (number: number, path = '') => `http://127.0.0.1:${number}${path}`;
  return [
    ['Latchkey is running', ''],
    ['gateway', at(port.signup)],
    ['sandbox console', at(port.console)],
    ['inbox', at(port.console, '/inbox')],
    ['operator token', operatorToken],
    ['operator console', `${at(port.signup, '/console')} (${consoleLogin})`],
    ['billing-webhooks', at(port['billing-webhooks'])],
    ['provisioner', at(port.provisioner)],
    ['workspace', at(port.workspace)],
    ['notifier', at(port.notifier)],
    ['analytics', at(port.analytics)],
    ['NATS', env['NATS_URL'] ? 'yours (NATS_URL)' : `nats://127.0.0.1:${port.nats}`],
    ['PostgreSQL', `127.0.0.1:${port.postgres}, user latchkey, one database per service`],
    ['vendors', real.length > 0 ? `REAL: ${real.join(', ')}; the others: sandbox` : 'all of them are the sandbox'],
    ['data and logs', dataDir],
    ['to stop', 'Ctrl-C (a second one kills)'],
  ];
}
