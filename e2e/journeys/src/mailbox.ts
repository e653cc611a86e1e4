import { setTimeout as sleep } from 'node:timers/promises';
import { NoAnswer, Refusal, request } from './http.js';
import { OutOfPatience, type Patience } from './patience.js';

export interface Mail {
  id: string;
  subject: string;
  text: string;
}

const firstLookMs = 50;
const longestPauseMs = 1_000;

/** One stranger's mailbox: the sandbox's inbox, asked for one address. */
export class Mailbox {
  constructor(
    private readonly sandbox: string,
    private readonly address: string,
    private readonly patience: Patience,
  ) {}

  /** The newest mail of this template that is not `notThis`, as soon as it has arrived. */
  async waitFor(template: string, notThis?: string): Promise<Mail> {
    for (let pauseMs = firstLookMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * 1.5)) {
      const [newest] = await this.mails(template);
      if (newest && newest.id !== notThis) return newest;
      if (this.patience.leftMs <= pauseMs) throw new OutOfPatience(this.patience.during, `no ${template} mail arrived`);
      await sleep(pauseMs);
    }
  }

  /** Newest first; an inbox that does not answer looks empty and is looked into again. */
  private async mails(template: string): Promise<Mail[]> {
    const query = new URLSearchParams({ to: this.address, category: template, limit: '10' });
    try {
      const { text } = await request(`${this.sandbox}/_sim/inbox?${query}`, { signal: this.patience.signal });
      return (JSON.parse(text) as { mails: Mail[] }).mails;
    } catch (error) {
      if (error instanceof NoAnswer || (error instanceof Refusal && error.status >= 500)) return [];
      throw error;
    }
  }
}

/** The six digits of a verification mail. They stand in its text by themselves; ids and addresses have neighbours. */
export function codeIn(mail: Mail): string {
  const code = /(?<![\w-])\d{6}(?![\w-])/.exec(`${mail.text}\n${mail.subject}`)?.[0];
  if (!code) throw new Error('The verification mail holds no six digits.');
  return code;
}
