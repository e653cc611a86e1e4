import { Router, type Request } from 'express';
import { z } from 'zod';
import type { Sim } from '../core/sim.js';
import type { Collection } from '../core/store.js';
import { jsonBody } from '../core/vendor-server.js';
import { complaint, SendGridError } from './errors.js';

export type SuppressionList = 'bounces' | 'blocks' | 'invalid_emails' | 'spam_reports' | 'unsubscribes';

interface Suppression {
  readonly list: SuppressionList;
  readonly created: number;
  readonly email: string;
  readonly reason?: string;
  readonly status?: string;
}

/** Why a mail to a listed address is dropped, in the vendor's words. A block does not stop the next mail. */
const dropReasons: ReadonlyArray<readonly [SuppressionList, string]> = [
  ['unsubscribes', 'Unsubscribed Address'],
  ['bounces', 'Bounced Address'],
  ['spam_reports', 'Spam Reporting Address'],
  ['invalid_emails', 'Invalid'],
];

/** The addresses the vendor no longer mails, by list. Addresses are compared without case. */
export class Suppressions {
  readonly #rows: Collection<Suppression>;

  constructor(private readonly sim: Sim) {
    this.#rows = sim.collection('sendgrid.suppressions');
  }

  add(list: SuppressionList, email: string, reason?: string, status?: string): void {
    const address = email.toLowerCase();
    this.#rows.set(`${list}/${address}`, {
      list,
      created: this.sim.clock.nowSeconds(),
      email: address,
      ...(reason === undefined ? {} : { reason }),
      ...(status === undefined ? {} : { status }),
    });
  }

  find(list: SuppressionList, email: string): Omit<Suppression, 'list'> | undefined {
    const row = this.#rows.get(`${list}/${email.toLowerCase()}`);
    return row && withoutList(row);
  }

  list(list: SuppressionList): Omit<Suppression, 'list'>[] {
    return [...this.#rows.values()].filter((row) => row.list === list).map(withoutList);
  }

  remove(list: SuppressionList, email: string): boolean {
    return this.#rows.delete(`${list}/${email.toLowerCase()}`);
  }

  /** Why this address gets no mail, leaving aside the lists that the sender asks to bypass. */
  dropReason(email: string, bypassed: ReadonlySet<SuppressionList>): string | undefined {
    return dropReasons.find(([list]) => !bypassed.has(list) && this.find(list, email))?.[1];
  }
}

function withoutList({ list: _list, ...row }: Suppression): Omit<Suppression, 'list'> {
  return row;
}

const paging = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(500),
  offset: z.coerce.number().int().min(0).default(0),
});
const removal = z.union([
  z.strictObject({ delete_all: z.literal(true) }),
  z.strictObject({ emails: z.array(z.string()).min(1) }),
]);
const globalAddition = z.strictObject({ recipient_emails: z.array(z.email()).min(1) });

function read<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new SendGridError(
    400,
    parsed.error.issues.map((issue) => complaint(issue.message, issue.path.join('.') || null)),
  );
}

/** `/v3/suppression/<list>` (list, look up, delete) and the global unsubscribes of `/v3/asm/suppressions/global`. */
export function suppressionRoutes(suppressions: Suppressions): Router {
  const router = Router();
  const notFound = () => new SendGridError(404, [complaint('Resource not found')]);

  for (const list of ['bounces', 'blocks', 'invalid_emails', 'spam_reports'] as const) {
    const path = `/v3/suppression/${list}`;
    router.get(path, (req, res) => {
      const { limit, offset } = read(paging, req.query);
      res.json(suppressions.list(list).slice(offset, offset + limit));
    });
    router.get(`${path}/:email`, (req, res) => {
      const row = suppressions.find(list, req.params.email);
      res.json(row ? [row] : []);
    });
    router.delete(`${path}/:email`, (req, res) => {
      if (!suppressions.remove(list, req.params.email)) throw notFound();
      res.status(204).end();
    });
    router.delete(path, (req: Request, res) => {
      const wanted = read(removal, jsonBody(req));
      const emails = 'emails' in wanted ? wanted.emails : suppressions.list(list).map((row) => row.email);
      for (const email of emails) suppressions.remove(list, email);
      res.status(204).end();
    });
  }

  router.get('/v3/suppression/unsubscribes', (req, res) => {
    const { limit, offset } = read(paging, req.query);
    res.json(suppressions.list('unsubscribes').slice(offset, offset + limit));
  });
  router.post('/v3/asm/suppressions/global', (req, res) => {
    const { recipient_emails } = read(globalAddition, jsonBody(req));
    for (const email of recipient_emails) suppressions.add('unsubscribes', email);
    res.status(201).json({ recipient_emails });
  });
  router.get('/v3/asm/suppressions/global/:email', (req, res) => {
    const row = suppressions.find('unsubscribes', req.params.email);
    res.json(row ? { recipient_email: row.email } : {});
  });
  router.delete('/v3/asm/suppressions/global/:email', (req, res) => {
    if (!suppressions.remove('unsubscribes', req.params.email)) throw notFound();
    res.status(204).end();
  });
  return router;
}
