import { stepProgressSubject, tenantChangedSubject, type TenantStatusResponse } from '@latchkey/contracts';
import { ProblemError } from '@latchkey/shared/errors';
import { Hints } from '@latchkey/shared/messaging';
import { gauge, Log } from '@latchkey/shared/observability';
import { Wake } from '@latchkey/shared/time';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { Response } from 'express';
import { CONFIG, type Config } from '../config.js';
import { DescribeTenant } from './describe-tenant.js';
import { WatchedTenant } from './watched-tenant.js';
import { isFinal } from './what-next.js';

/** Hints may be missed, so each screen looks by itself this often; it also keeps proxies from closing a silent stream. */
const beatMs = 10_000;
/** Longer than any provisioning; the browser then opens a new stream by itself. */
const streamLifeMs = 15 * 60_000;
/** Several hints within this time cost one look. */
const pauseMs = 5;
/** And a look that took long, because the system is busy, is followed by a pause so many times as long. */
const pausePerLook = 2;
const pauseMaxMs = 1_000;

const tenantIdPattern = /^tenant_[\w-]{8,40}$/;

const open = gauge('status_streams_open', 'Customers who watch their signup live.');

interface Stream {
  tenantId: string;
  tenant: WatchedTenant;
  bell: Wake;
  ended: boolean;
}

/** Server-sent events for the waiting screen: the status at once, again whenever it changes, and an end when it is final. */
@Injectable()
export class StatusStreams implements OnModuleDestroy {
  private readonly streams = new Set<Stream>();
  private stopping = false;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly describeTenant: DescribeTenant,
    private readonly hints: Hints,
    private readonly log: Log,
  ) {}

  /** Refuses unknown tenants and too many streams with a problem; everything after that is told through the stream. */
  async open(tenantId: string, response: Response): Promise<void> {
    // Also keeps wildcards out of the subjects below: `*` would listen to everybody's hints.
    if (!tenantIdPattern.test(tenantId)) throw new ProblemError('unknown_tenant');
    const ofTenant = [...this.streams].filter((stream) => stream.tenantId === tenantId).length;
    if (ofTenant >= this.config.STATUS_STREAMS_PER_TENANT_MAX || this.streams.size >= this.config.STATUS_STREAMS_MAX)
      throw new ProblemError('rate_limited', { retryAfterSeconds: 5 });
    const tenant = new WatchedTenant(tenantId, this.describeTenant);
    const stream: Stream = { tenantId, tenant, bell: new Wake(), ended: this.stopping };
    // Counted before the first await, or a burst would slip past the bound.
    this.streams.add(stream);
    open.set(this.streams.size);
    const ringAfter = (hear: (hint: unknown) => void) => (hint: unknown) => {
      hear(hint);
      stream.bell.ring();
    };
    const silence = [
      this.hints.subscribe(
        tenantChangedSubject(tenantId),
        ringAfter(() => tenant.hearChange()),
      ),
      this.hints.subscribe(
        stepProgressSubject(tenantId),
        ringAfter((hint) => tenant.hearProgress(hint)),
      ),
    ];
    response.once('close', () => this.end(stream));
    try {
      await tenant.look();
      response.writeHead(200, {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      });
      await this.tell(stream, response);
    } finally {
      silence.forEach((stop) => stop());
      this.end(stream);
      this.streams.delete(stream);
      open.set(this.streams.size);
    }
    response.end();
  }

  /** Also those that are still asked for on connections which are open: the browser comes again, to another replica. */
  onModuleDestroy(): void {
    this.stopping = true;
    for (const stream of this.streams) this.end(stream);
  }

  private end(stream: Stream): void {
    stream.ended = true;
    stream.bell.ring();
  }

  private async tell(stream: Stream, response: Response): Promise<void> {
    const endAt = performance.now() + streamLifeMs;
    response.write('retry: 2000\n\n');
    let last = '';
    let quietUntil = 0;
    let beatAt = performance.now() + beatMs;
    let status = stream.tenant.describe();
    while (!stream.ended && performance.now() < endAt) {
      const text: string = status ? JSON.stringify(status) : last;
      // A comment is a heartbeat: it keeps the connection and wakes nobody.
      response.write(text === last ? ': still the same\n\n' : `event: status\ndata: ${text}\n\n`);
      last = text;
      if (status && isFinal(status)) return;
      await this.untilDue(stream, beatAt);
      if (stream.ended) return;
      // The first hint after a quiet time is looked at at once; a flood of them costs one look per pause.
      const pauseLeftMs = quietUntil - performance.now();
      if (pauseLeftMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseLeftMs));
      const beganAt = performance.now();
      // Not put off by what costs no look: only a look sees what hints have missed.
      if (stream.tenant.due !== 'nothing') beatAt = beganAt + beatMs;
      status = await this.look(stream.tenant);
      const endedAt = performance.now();
      quietUntil = Math.max(beganAt + pauseMs, endedAt + Math.min(pauseMaxMs, pausePerLook * (endedAt - beganAt)));
    }
  }

  /** The bell may also have rung for what the last look has seen already. */
  private async untilDue(stream: Stream, beatAt: number): Promise<void> {
    while (!stream.ended && !stream.tenant.due && performance.now() < beatAt)
      await stream.bell.wait(Math.max(1, beatAt - performance.now()));
  }

  /** A failed look is not the end: the next beat looks again. */
  private async look(tenant: WatchedTenant): Promise<TenantStatusResponse | null> {
    try {
      await tenant.look();
      return tenant.describe();
    } catch (error) {
      this.log.warn('A watched tenant could not be looked at.', { err: error });
      return null;
    }
  }
}
