import { portOffsets, TenantStatusResponse } from '@latchkey/contracts';
import { readdirSync, readFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const base = Number(process.env['WEB_E2E_BASE']);
const hostPid = Number(process.env['WEB_E2E_HOST_PID']);

export type Service = 'signup' | 'billing-webhooks' | 'provisioner' | 'workspace' | 'notifier' | 'analytics';

export function at(part: keyof typeof portOffsets, path = ''): string {
  return `http://127.0.0.1:${base + portOffsets[part]}${path}`;
}

/** Waits until `look` has something; the patience is only for a system that hangs. */
export async function eventually<Found>(what: string, look: () => Promise<Found | null | undefined>): Promise<Found> {
  for (const deadline = performance.now() + 30_000; ; await sleep(50)) {
    const found = await look();
    if (found != null) return found;
    if (performance.now() > deadline) throw new Error(`Waited in vain: ${what}.`);
  }
}

/** The text of the newest mail of one kind to this address. */
export function mailTo(address: string, category: string): Promise<string> {
  return eventually(`a mail for ${address}`, async () => {
    const query = new URLSearchParams({ to: address, category, limit: '1' });
    const { mails } = (await (await fetch(at('console', `/_sim/inbox?${query}`))).json()) as {
      mails: { text: string }[];
    };
    return mails[0]?.text;
  });
}

/** The six digits of the newest verification mail to this address. */
export async function codeMailedTo(address: string): Promise<string> {
  return /(?<![\w-])\d{6}(?![\w-])/.exec(await mailTo(address, 'verification-code'))?.[0] ?? '';
}

/** What the host made for this system; it lies beside its data. */
export function operatorToken(): string {
  const file = join(process.env['WEB_E2E_DATA_DIR'] ?? '', 'secrets.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { operatorToken: string }).operatorToken;
}

export async function statusOf(tenantId: string): Promise<TenantStatusResponse> {
  const answer = await fetch(at('signup', `/api/onboarding/tenants/${tenantId}`));
  return TenantStatusResponse.parse(await answer.json());
}

/** Makes a vendor misbehave for one tenant, until the returned function is called. */
export async function fault(match: object, action: object): Promise<() => Promise<void>> {
  const answer = await fetch(at('console', '/_sim/faults'), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ match, action }),
  });
  if (!answer.ok) throw new Error(`The fault was refused: ${await answer.text()}`);
  const { id } = (await answer.json()) as { id: string };
  return async () => void (await fetch(at('console', `/_sim/faults/${id}`), { method: 'DELETE' }));
}

/** Kills or stops the service's process; a killed one is started again by the host. */
export function signal(service: Service, name: NodeJS.Signals): void {
  process.kill(pidOf(service), name);
}

function pidOf(service: Service): number {
  const main = `apps/${service}/dist/main.js`;
  for (const { pid, parent, command } of processes())
    if (parent === hostPid && command.includes(main) && !command.startsWith('/bin/sh ')) return pid;
  throw new Error(`${service} has no process.`);
}

/** Slim images have no `ps`, macOS has no /proc. */
function processes(): { pid: number; parent: number; command: string }[] {
  if (process.platform !== 'linux')
    return execFileSync('ps', ['-A', '-ww', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
      .split('\n')
      .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [])
      .map(([, pid, parent, command]) => ({ pid: Number(pid), parent: Number(parent), command: command ?? '' }));
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
        return [
          { pid: Number(name), parent, command: readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ') },
        ];
      } catch {
        return []; // It ended while the table was read.
      }
    });
}

export async function isAnswering(service: Service): Promise<boolean> {
  const answer = await fetch(at(service, '/health/ready')).catch(() => null);
  return answer?.ok ?? false;
}
