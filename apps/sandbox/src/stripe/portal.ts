import { newId } from '../core/random.js';
import { customerById } from './customers.js';
import { invalid } from './errors.js';
import { read } from './form.js';
import type { Operation } from './operation.js';

export interface PortalVisit {
  customer: string;
  returnUrl: string | null;
}

export const portalOperations: readonly Operation[] = [
  {
    method: 'POST',
    path: '/v1/billing_portal/sessions',
    params: 'billingPortal.sessions.create',
    supported: ['customer', 'return_url', 'locale', 'expand'],
    run: (world, { params }) => {
      const customer = read.text(params, 'customer');
      if (customer === undefined) throw invalid('Missing required param: customer.', 'customer', 'parameter_missing');
      const returnUrl = read.text(params, 'return_url') ?? null;
      const id = newId('bps');
      world.portalVisits.set(id, { customer: customerById(world, customer, 'customer').id, returnUrl });
      return {
        id,
        object: 'billing_portal.session',
        configuration: 'bpc_sandbox',
        created: world.now(),
        customer,
        customer_account: null,
        flow: null,
        livemode: false,
        locale: read.text(params, 'locale') ?? null,
        on_behalf_of: null,
        return_url: returnUrl,
        url: `${world.sim.url('stripe')}/p/session/${id}`,
      };
    },
  },
];
