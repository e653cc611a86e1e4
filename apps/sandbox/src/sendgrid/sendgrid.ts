import { Router, type NextFunction, type Request, type Response } from 'express';
import type { Sim } from '../core/sim.js';
import { jsonBody } from '../core/vendor-server.js';
import { complaint, SendGridError } from './errors.js';
import { readMail } from './mail-request.js';
import { postOfficeOf } from './post-office.js';
import { suppressionRoutes } from './suppressions.js';
import { pixelGif } from './tracking.js';

export { errorBody } from './errors.js';

/** Paths that a mail's reader meets, not the API's user. */
export const pages = ['/wf/', '/ls/'];

/** The vendor's API: send a mail, read and clear the suppression lists, the public key of the signed Event Webhook. */
export function createSendGrid(sim: Sim): Router {
  const office = postOfficeOf(sim);
  const router = Router();
  router.use(readerRoutes(sim));

  router.use('/v3', (req, _res, next) => {
    if (/^Bearer \S+$/.test(req.get('authorization') ?? '')) return next();
    throw new SendGridError(401, [complaint('The provided authorization grant is invalid, expired, or revoked')]);
  });

  router.post('/v3/mail/send', (req, res) => {
    const body = jsonBody(req);
    if (body === undefined) throw new SendGridError(400, [complaint('The JSON you have submitted cannot be parsed.')]);
    const mail = readMail(body);
    // The vendor's own sandbox mode checks the mail and sends nothing.
    if (mail.mail_settings?.sandbox_mode?.enable === true) return void res.status(200).end();
    res.status(202).set('x-message-id', office.accept(mail)).end();
  });

  const signing = (_req: Request, res: Response) => res.json({ id: 'sandbox', public_key: office.webhook.publicKey });
  router.get('/v3/user/webhooks/event/settings/signed', signing);
  router.get('/v3/user/webhooks/event/settings/signed/:id', signing);
  router.use(suppressionRoutes(office.suppressions));

  router.use((error: unknown, _req: Request, res: Response, next: NextFunction) => {
    if (!(error instanceof SendGridError)) return next(error);
    res.status(error.status).json(error.body());
  });
  return router;
}

/** The pixel and the counting links inside a mail. Unknown ones answer alike, so that they tell nothing. */
function readerRoutes(sim: Sim): Router {
  const office = postOfficeOf(sim);
  const router = Router();
  const visitor = (req: Request) => ({ ip: req.ip ?? '', useragent: req.get('user-agent') ?? '' });

  router.get('/wf/open', (req, res) => {
    const mail = office.mailbox.get(String(req.query['mail']));
    if (mail) office.noteEngagement(mail, 'open', { ...visitor(req), sg_machine_open: false });
    res.set({ 'content-type': 'image/gif', 'cache-control': 'no-store' }).send(pixelGif);
  });

  router.get('/ls/click', (req, res) => {
    const mail = office.mailbox.get(String(req.query['mail']));
    const url = mail?.links[Number(req.query['link'])];
    if (mail === undefined || url === undefined) return void res.status(404).type('text/plain').send('Wrong link');
    office.noteEngagement(mail, 'click', { ...visitor(req), url });
    res.redirect(302, url);
  });
  return router;
}
