import { ProblemError } from '@latchkey/shared/errors';
import { delay } from '@latchkey/shared/time';
import { Injectable } from '@nestjs/common';
import { LoadTenant } from '../tenants/load-tenant.js';

/** Facts arrive as events within tens of milliseconds; whoever completes right after the answer is given this long. */
const factPatienceMs = 2_000;
const factPollMs = 50;

/** The wizard's end. It sets nothing: it only reads whether the activation has happened (FEATURES section 5, trap 10). */
@Injectable()
export class CompleteSetup {
  constructor(private readonly loadTenant: LoadTenant) {}

  /** The seconds from signup to activation; refuses with `setup_incomplete` while there is none. */
  async run(tenantId: string): Promise<number> {
    for (let waitedMs = 0; waitedMs <= factPatienceMs; waitedMs += factPollMs) {
      if (waitedMs > 0) await delay(factPollMs);
      const seconds = (await this.loadTenant.run(tenantId)).secondsToActivate();
      if (seconds !== null) return seconds;
    }
    throw new ProblemError('setup_incomplete');
  }
}
