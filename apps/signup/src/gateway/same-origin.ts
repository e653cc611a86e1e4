import { ProblemError } from '@latchkey/shared/errors';
import type { Request } from 'express';

/**
 * Refuses what another site's page sends with our cookies. SameSite=Strict keeps them out already; this also holds
 * against a sibling domain, which counts as the same site. Programs send no Origin and bring no cookies of a browser.
 */
export function assertSameOrigin(request: Request, publicUrl: string): void {
  const origin = request.get('origin');
  if (origin === undefined) {
    if (request.get('sec-fetch-site') === 'cross-site') throw new ProblemError('forbidden');
    return;
  }
  const own = [new URL(publicUrl).origin, `${request.protocol}://${request.get('host') ?? ''}`];
  if (!own.includes(origin)) throw new ProblemError('forbidden');
}
