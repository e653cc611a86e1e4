import { Router, type Request } from 'express';
import type { Sim } from '../core/sim.js';
import { jsonBody } from '../core/vendor-server.js';
import { widgetScript } from './widget.js';

type ErrorCode =
  | 'missing-input-secret'
  | 'invalid-input-secret'
  | 'missing-input-response'
  | 'invalid-input-response'
  | 'timeout-or-duplicate'
  | 'bad-request';

interface Question {
  readonly secret: string;
  readonly response: string;
  readonly idempotencyKey: string;
}

interface SpentToken {
  readonly idempotencyKey: string;
  readonly challengedAt: string;
}

/** Cloudflare's and Google's published test secrets: they judge every token alike, whatever it says. */
const dummySecrets: Readonly<Record<string, ErrorCode | undefined>> = {
  '1x0000000000000000000000000000000AA': undefined,
  '2x0000000000000000000000000000000AA': 'invalid-input-response',
  '3x0000000000000000000000000000000AA': 'timeout-or-duplicate',
  '6LeIxAcTAAAAAGG-vFI1TnRWxMZNFuojJ4WifJWe': undefined,
};

const maxTokenLength = 2048;
/** Older spent tokens are forgotten: a real one would have timed out long before. */
const maxSpentTokens = 50_000;

function readQuestion(req: Request): Question | undefined {
  const body =
    req.is('json') !== false
      ? jsonBody(req)
      : Object.fromEntries(new URLSearchParams((req.body as Buffer).toString('utf8')));
  if (typeof body !== 'object' || body === null) return undefined;
  const field = (name: string): string => {
    const value = (body as Record<string, unknown>)[name];
    return typeof value === 'string' ? value : '';
  };
  return { secret: field('secret'), response: field('response'), idempotencyKey: field('idempotency_key') };
}

/**
 * Turnstile's and reCAPTCHA's `siteverify`. A token `ok-<anything>` passes once (again only with the same
 * idempotency_key, as Turnstile allows), `sandbox-pass` passes always, everything else never.
 */
export function createCaptcha(sim: Sim): Router {
  const ownSecret = sim.env['SANDBOX_CAPTCHA_SECRET'] || 'sandbox-captcha-secret';
  const spent = sim.collection<SpentToken>('captcha.spent');

  const spend = (token: string, idempotencyKey: string): ErrorCode | undefined => {
    const earlier = spent.get(token);
    if (earlier)
      return idempotencyKey !== '' && earlier.idempotencyKey === idempotencyKey ? undefined : 'timeout-or-duplicate';
    spent.set(token, { idempotencyKey, challengedAt: new Date(sim.clock.nowMs()).toISOString() });
    sim.effect('captcha.spent', token);
    const oldest = spent.size > maxSpentTokens ? spent.entries().next().value : undefined;
    if (oldest) spent.delete(oldest[0]);
    return undefined;
  };

  const judge = (question: Question | undefined): ErrorCode | undefined => {
    if (question === undefined) return 'bad-request';
    const { secret, response, idempotencyKey } = question;
    if (secret === '') return 'missing-input-secret';
    const dummy = Object.hasOwn(dummySecrets, secret);
    if (!dummy && secret !== ownSecret) return 'invalid-input-secret';
    if (response === '') return 'missing-input-response';
    if (response.length > maxTokenLength) return 'invalid-input-response';
    if (dummy) return dummySecrets[secret];
    if (response === 'sandbox-pass') return undefined;
    return response.startsWith('ok-') ? spend(response, idempotencyKey) : 'invalid-input-response';
  };

  const answer = (req: Request): Record<string, unknown> => {
    const question = readQuestion(req);
    const error = judge(question);
    if (error !== undefined) return { success: false, 'error-codes': [error] };
    const challengedAt = spent.get(question?.response ?? '')?.challengedAt ?? new Date(sim.clock.nowMs()).toISOString();
    return { success: true, 'error-codes': [], challenge_ts: challengedAt, hostname: 'localhost' };
  };

  const router = Router();
  router.get('/turnstile/v0/api.js', (_req, res) => {
    // The page is of another origin, and its resource policy would refuse the script otherwise.
    res.set('cross-origin-resource-policy', 'cross-origin').type('js').send(widgetScript);
  });
  router.post(['/turnstile/v0/siteverify', '/siteverify'], (req, res) => {
    const verdict = answer(req);
    res.json(verdict['success'] === true ? { ...verdict, action: '', cdata: '' } : { ...verdict, messages: [] });
  });
  router.post('/recaptcha/api/siteverify', (req, res) => res.json(answer(req)));
  return router;
}

/** The vendor's body for an injected status (`POST /_sim/faults`). */
export function errorBody(_status: number): object {
  return { success: false, 'error-codes': ['internal-error'] };
}
