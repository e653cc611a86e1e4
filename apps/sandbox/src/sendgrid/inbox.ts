import { Router } from 'express';
import { z } from 'zod';
import { parse, problem } from '../console/control.js';
import type { Sim } from '../core/sim.js';
import { mailListPage, mailPage, noSuchMailPage } from './inbox-pages.js';
import type { StoredMail } from './mailbox.js';
import { postOfficeOf } from './post-office.js';

const inboxFilter = z.object({
  to: z.string().optional(),
  subject: z.string().optional(),
  category: z.string().optional(),
  /** With `true`, mails that never arrived (dropped, bounced, still deferred) are listed too. */
  all: z.enum(['true', 'false']).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(50),
});

const faultsSchema = z.strictObject({
  duplicate: z.int().min(0).max(50).optional(),
  shuffle: z.boolean().optional(),
  bad_signature: z.boolean().optional(),
  delay_ms: z.int().min(0).max(600_000).optional(),
  drop_probability: z.number().min(0).max(1).optional(),
  seed: z.int().optional(),
});

/** Everybody's mailbox on the console port: pages for people (`/inbox`), JSON for tests (`/_sim/inbox`), webhook dials. */
export function createInbox(sim: Sim): Router {
  const { mailbox, webhook } = postOfficeOf(sim);
  const router = Router();
  const row = (mail: StoredMail) => {
    const { links: _links, ignored: _ignored, ...shown } = mail;
    return { ...shown, status: mailbox.statusOf(mail.id), events: mailbox.eventsOf(mail.id) };
  };

  const withStatus = (mail: StoredMail) => ({ mail, status: mailbox.statusOf(mail.id) });

  router.get('/_sim/inbox', (req, res) => {
    const filter = parse(inboxFilter, req.query, res);
    if (!filter) return;
    const { to, subject, category, all, limit } = filter;
    const mails = (to === undefined ? mailbox.all() : mailbox.to(to)).filter(
      (mail) =>
        (subject === undefined || mail.subject.toLowerCase().includes(subject.toLowerCase())) &&
        (category === undefined || mail.categories.includes(category)) &&
        (all === 'true' || mailbox.hasArrived(mail.id)),
    );
    res.json({ mails: mails.slice(0, limit).map(row), total: mails.length });
  });

  router.get('/_sim/inbox/:id', (req, res) => {
    const mail = mailbox.get(req.params.id);
    if (mail) res.json(row(mail));
    else problem(res, 404, 'unknown_mail', `There is no mail ${req.params.id}.`);
  });

  router.get('/_sim/sendgrid/webhooks', (_req, res) => {
    res.json({ public_key: webhook.publicKey, faults: webhook.faults, attempts: webhook.attempts });
  });
  router.post('/_sim/sendgrid/webhook-faults', (req, res) => {
    const faults = parse(faultsSchema, req.body, res);
    if (!faults) return;
    webhook.setFaults(faults);
    res.json(webhook.faults);
  });

  router.get('/inbox', (req, res) => {
    const filter = parse(inboxFilter, req.query, res);
    if (!filter) return;
    const { to, limit } = filter;
    const mails = mailbox.all().filter((mail) => to === undefined || mail.to.toLowerCase().includes(to.toLowerCase()));
    res.type('html').send(mailListPage(mails.slice(0, limit).map(withStatus), mails.length, to ?? ''));
  });
  router.get('/inbox/:id', (req, res) => {
    const mail = mailbox.get(req.params.id);
    if (!mail) return void res.status(404).type('html').send(noSuchMailPage());
    const others = mailbox.all().slice(0, 25).map(withStatus);
    res.type('html').send(mailPage(withStatus(mail), mailbox.eventsOf(mail.id), others));
  });
  return router;
}
