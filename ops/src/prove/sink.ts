import { createServer, type Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

interface Notification {
  alerts: { status: 'firing' | 'resolved'; fingerprint: string; labels: Record<string, string> }[];
}

/** What an operator's pager would get: Alertmanager's webhook, remembered. */
export class Sink {
  /** What fires now, by fingerprint. */
  private readonly firing = new Map<string, string>();
  private readonly log: { alert: string; status: 'firing' | 'resolved'; atMs: number }[] = [];
  private readonly server: Server;

  constructor(port: number) {
    this.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.once('end', () => {
        this.take(JSON.parse(Buffer.concat(chunks).toString()) as Notification);
        response.end();
      });
    }).listen(port, '127.0.0.1');
  }

  isFiring(alert: string): boolean {
    return [...this.firing.values()].includes(alert);
  }

  /** Names of all that fire now. */
  get now(): string[] {
    return [...new Set(this.firing.values())].sort();
  }

  /** When the alert fired after `sinceMs`; it may have ended again. Undefined after `timeoutMs`. */
  async fired(alert: string, sinceMs: number, timeoutMs: number): Promise<number | undefined> {
    return this.until(timeoutMs, () => this.log.find((one) => is(one, alert, 'firing') && one.atMs >= sinceMs)?.atMs);
  }

  /** When the last of this alert's instances was resolved. */
  async resolved(alert: string, timeoutMs: number): Promise<number | undefined> {
    return this.until(timeoutMs, () =>
      this.isFiring(alert) ? undefined : this.log.findLast((one) => is(one, alert, 'resolved'))?.atMs,
    );
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private take({ alerts }: Notification): void {
    for (const { status, fingerprint, labels } of alerts) {
      const alert = labels['alertname'] ?? 'unknown';
      const known = this.firing.has(fingerprint);
      if (status === 'firing') this.firing.set(fingerprint, alert);
      else this.firing.delete(fingerprint);
      // Alertmanager repeats what is known with every change of its group.
      if (known !== (status === 'firing')) this.log.push({ alert, status, atMs: performance.now() });
    }
  }

  private async until(timeoutMs: number, look: () => number | undefined): Promise<number | undefined> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const found = look();
      if (found !== undefined || performance.now() > deadline) return found;
      await sleep(100);
    }
  }
}

const is = (one: { alert: string; status: string }, alert: string, status: string) =>
  one.alert === alert && one.status === status;
