import { request } from './http.js';
import type { Patience } from './patience.js';

/** Something that really happened at a vendor, once, as the sandbox's ledger has it. */
export interface LedgerEntry {
  kind: string;
  /** The tenant's id at Stripe, the namespace at Pinecone, the message's key at SendGrid. */
  key: string;
  detail: Record<string, unknown>;
}

const kinds = [
  'customer.created',
  'subscription.created',
  'subscription.canceled',
  'namespace.created',
  'namespace.deleted',
  'mail.sent',
] as const;
type Kind = (typeof kinds)[number];

/** The vendors' own account of what they did: the one witness that cannot be talked into a count by our services. */
export class Ledger {
  private readonly counts = new Map<string, number>();

  constructor(entries: readonly LedgerEntry[]) {
    for (const { kind, key, detail } of entries) {
      if (kind === 'mail.sent') this.note(`mail ${String(detail['template'])}`, String(detail['tenant_id']));
      else this.note(kind, key);
    }
  }

  /** The answers hold everything since the sandbox's last reset, unpaged, one kind at a time. */
  static async read(sandbox: string, patience: Patience): Promise<Ledger> {
    const entries: LedgerEntry[] = [];
    for (const kind of kinds) {
      const { text } = await patience.insist((signal) => request(`${sandbox}/_sim/effects?kind=${kind}`, { signal }));
      for (const entry of (JSON.parse(text) as { effects: LedgerEntry[] }).effects) entries.push(entry);
    }
    return new Ledger(entries);
  }

  count(kind: Exclude<Kind, 'mail.sent'>, key: string): number {
    return this.counts.get(`${kind} ${key}`) ?? 0;
  }

  mails(template: string, tenantId: string): number {
    return this.counts.get(`mail ${template} ${tenantId}`) ?? 0;
  }

  private note(kind: string, key: string): void {
    const name = `${kind} ${key}`;
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }
}
