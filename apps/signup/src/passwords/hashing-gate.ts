import { hash, verify } from '@node-rs/argon2';
import { ProblemError } from '@latchkey/shared/errors';
import { gauge } from '@latchkey/shared/observability';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';

/** argon2id, 19 MiB, two passes, one lane: OWASP's second choice and ASVS appendix C; about 14 ms of one core. */
const argon2 = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** How a hash made with the parameters above begins, in the PHC string format. */
const currentPrefix = `$argon2id$v=19$m=${argon2.memoryCost},t=${argon2.timeCost},p=${argon2.parallelism}$`;

/** Made with the parameters above from a password nobody has; verifying against it costs the same as a real one. */
const nobodysHash = '$argon2id$v=19$m=19456,t=2,p=1$0ALoCbvXoHvqCRtlFSkPqA$RKXieHdDbZXF04tZpcbobRYzGu5w0fe4D17ETYbAfcY';

const waiting = gauge('password_hash_waiting', 'Signups and logins that wait for the password hasher.');

/**
 * Hashing is the dearest thing a stranger can make us do, so only as many run at once as there are cores, and the queue
 * has an end: beyond it the answer is 503 with a pause, and the machine stays able to answer everybody else.
 */
@Injectable()
export class HashingGate {
  private running = 0;
  private readonly queue: (() => void)[] = [];

  constructor(@Inject(CONFIG) private readonly config: Config) {}

  hash(password: string): Promise<string> {
    return this.pass(() => hash(password, argon2));
  }

  /** `null` stands for an unknown account and takes as long as a known one, so that time tells nothing (ASVS 6.3.8). */
  async verify(storedHash: string | null, password: string): Promise<boolean> {
    const right = await this.pass(() => verify(storedHash ?? nobodysHash, password));
    return right && storedHash !== null;
  }

  /** A new hash for a password just verified, when the stored one is of other parameters; else the stored one. */
  async renewed(storedHash: string, password: string): Promise<string> {
    return storedHash.startsWith(currentPrefix) ? storedHash : this.hash(password);
  }

  private async pass<T>(work: () => Promise<T>): Promise<T> {
    await this.enter();
    try {
      return await work();
    } finally {
      this.leave();
    }
  }

  private async enter(): Promise<void> {
    if (this.running < this.config.PASSWORD_HASH_CONCURRENCY) {
      this.running += 1;
      return;
    }
    if (this.queue.length >= this.config.PASSWORD_HASH_QUEUE_MAX)
      throw new ProblemError('unavailable', { retryAfterSeconds: 2 });
    // Whoever leaves hands its place over, so `running` does not change for the one who waited.
    await new Promise<void>((resolve) => {
      this.queue.push(resolve);
      waiting.set(this.queue.length);
    });
  }

  private leave(): void {
    const next = this.queue.shift();
    waiting.set(this.queue.length);
    if (next) next();
    else this.running -= 1;
  }
}
