import { type Request, type Response, Router } from 'express';
import { html, htmlPage } from '../core/html.js';
import { money } from './money.js';
import type { StripeWorld } from './world.js';

/** Where an invoice's `hosted_invoice_url` leads: what was charged, for whoever holds the link. */
export function invoicePage(world: StripeWorld): Router {
  const router = Router();
  router.get('/i/:invoice', (req: Request, res: Response) => {
    const invoice = world.invoices.get(String(req.params['invoice']));
    if (!invoice?.hosted_invoice_url) {
      res
        .status(404)
        .type('html')
        .send(htmlPage('Sandbox invoice', html`<h1>There is no such invoice</h1>`));
      return;
    }
    const lines = invoice.lines.data.map(
      (line) =>
        html`<tr>
          <td>${line.description}</td>
          <td class="number">${money(line.amount, invoice.currency)}</td>
        </tr>`,
    );
    const body = html`<h1>Invoice ${invoice.number}</h1>
      <p>
        ${new Date(invoice.created * 1000).toISOString().slice(0, 10)} · ${invoice.status} · ${invoice.customer_email}
      </p>
      <table>
        ${lines}
        <tr>
          <th>Total</th>
          <th class="number">${money(invoice.total, invoice.currency)}</th>
        </tr>
      </table>`;
    res.type('html').send(htmlPage(`Invoice ${invoice.number}`, body));
  });
  return router;
}
