import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { Response } from 'express';
import { OpenApi } from './openapi.js';

export const READINESS = Symbol('readiness');

/** Each check answers null when all is well, else one sentence. */
export type Readiness = () => Promise<Record<string, string | null>>;

/** Readiness is the own database and the own relay, never NATS: without the bus the service still takes requests (OPERATIONS I-27). */
@OpenApi(({ ApiExcludeController }) => ApiExcludeController())
@Controller()
export class HealthController {
  constructor(@Inject(READINESS) private readonly readiness: Readiness) {}

  @Get('health/live')
  live(): { status: string } {
    return { status: 'ok' };
  }

  @Get('health/ready')
  async ready(@Res() response: Response): Promise<void> {
    const checks = await this.readiness();
    const ready = Object.values(checks).every((fault) => fault === null);
    response.status(ready ? 200 : 503).json({ status: ready ? 'ok' : 'unavailable', checks });
  }
}
