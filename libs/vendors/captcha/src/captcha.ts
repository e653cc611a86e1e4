import { randomUUID } from 'node:crypto';
import { failureFromConnection, failureFromStatus, GiveUp, redact, RetryLater } from '@latchkey/shared/errors';
import { measureVendorCall } from '@latchkey/shared/observability';
import { postForm } from './post-form.js';

export interface CaptchaConfig {
  /** Turnstile's or reCAPTCHA's `siteverify`; both speak the same form and the same answer (VENDORS 4). */
  verifyUrl: string;
  secret: string;
  /** Of one try; there are two at most. */
  timeoutMs?: number | undefined;
  /** Least score of a reCAPTCHA v3 answer, which says `success` to robots as well. Ignored where the answer has none. */
  minScore?: number | undefined;
}

export type CaptchaVerdict =
  { ok: true } | { ok: false; reason: 'missing' | 'invalid' | 'expired_or_used' | 'low_score' };

const vendor = 'captcha';
const operation = 'verify';
/** Turnstile's limit; a longer one never came from a widget. */
const maxTokenLength = 2_048;
/** Error codes that accuse us and not the visitor. */
const ourFault = new Set(['missing-input-secret', 'invalid-input-secret', 'bad-request']);

/** Throws without a secret: a gate that cannot check must not look as if it did. */
export function createCaptcha(config: CaptchaConfig): CaptchaVerifier {
  if (config.secret === '') throw new Error('The CAPTCHA secret is empty.');
  return new CaptchaVerifier(
    new URL(config.verifyUrl),
    config.secret,
    config.timeoutMs ?? 4_000,
    config.minScore ?? 0.5,
  );
}

/** Asks the CAPTCHA's maker about a visitor's token. It fails closed: no answer is RetryLater, never `ok`. */
export class CaptchaVerifier {
  constructor(
    private readonly verifyUrl: URL,
    private readonly secret: string,
    private readonly timeoutMs: number,
    private readonly minScore: number,
  ) {}

  /**
   * A token is single use, so a lost answer is asked for once more under the same idempotency key, which Turnstile
   * honours; otherwise a broken connection would accuse an honest visitor.
   */
  async verify(token: string | undefined, remoteIp: string | undefined): Promise<CaptchaVerdict> {
    if (!token) return { ok: false, reason: 'missing' };
    if (token.length > maxTokenLength) return { ok: false, reason: 'invalid' };
    const form = new URLSearchParams({ secret: this.secret, response: token, idempotency_key: randomUUID() });
    if (remoteIp !== undefined) form.set('remoteip', remoteIp);
    try {
      return await this.ask(form);
    } catch (lost) {
      if (!(lost instanceof RetryLater) || lost.kind === 'rate_limit') throw lost;
      const verdict = await this.ask(form);
      // reCAPTCHA knows no idempotency keys: it calls a token spent whose first answer was lost on the way to us.
      if (!verdict.ok && verdict.reason === 'expired_or_used') throw lost;
      return verdict;
    }
  }

  private ask(form: URLSearchParams): Promise<CaptchaVerdict> {
    const translate = (error: unknown) => failureFromConnection({ vendor, operation }, error);
    return measureVendorCall({ vendor, operation, deadlineMs: this.timeoutMs + 500, translate }, async () => {
      const { status, headers, text } = await postForm(this.verifyUrl, form, this.timeoutMs);
      const facts = { vendor, operation, status };
      if (status < 200 || status > 299)
        throw failureFromStatus({ ...facts, detail: redact(text) }, (name) => headers[name]?.toString());
      return this.judge(parseAnswer(text), facts);
    });
  }

  private judge(
    answer: Answer | undefined,
    facts: { vendor: string; operation: string; status: number },
  ): CaptchaVerdict {
    if (answer === undefined) throw new RetryLater('outage', { ...facts, code: 'malformed_answer' });
    if (answer.success)
      return answer.score === undefined || answer.score >= this.minScore
        ? { ok: true }
        : { ok: false, reason: 'low_score' };
    const codes = answer.errorCodes;
    const fault = codes.find((code) => ourFault.has(code));
    if (fault !== undefined) throw new GiveUp('auth', { ...facts, code: fault });
    if (codes.includes('internal-error')) throw new RetryLater('outage', { ...facts, code: 'internal-error' });
    return { ok: false, reason: codes.includes('timeout-or-duplicate') ? 'expired_or_used' : 'invalid' };
  }
}

interface Answer {
  success: boolean;
  score: number | undefined;
  errorCodes: string[];
}

/** Only a literal `true` lets anybody in. */
function parseAnswer(text: string): Answer | undefined {
  try {
    const body: { success?: unknown; score?: unknown; 'error-codes'?: unknown } | null = JSON.parse(text);
    if (typeof body?.success !== 'boolean') return undefined;
    const codes = body['error-codes'];
    return {
      success: body.success,
      score: typeof body.score === 'number' ? body.score : undefined,
      errorCodes: Array.isArray(codes) ? codes.map(String) : [],
    };
  } catch {
    return undefined;
  }
}
