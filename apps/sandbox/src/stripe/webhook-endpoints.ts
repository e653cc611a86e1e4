import { invalid, missing, unsupported } from './errors.js';
import { metadataOf, read } from './form.js';
import { page } from './lists.js';
import type { Operation } from './operation.js';
import { newEndpoint, type WebhookEndpoint } from './webhooks.js';
import { API_VERSION } from './world.js';

export const webhookEndpointOperations: readonly Operation[] = [
  {
    method: 'POST',
    path: '/v1/webhook_endpoints',
    params: 'webhookEndpoints.create',
    supported: ['url', 'enabled_events', 'description', 'metadata', 'api_version', 'expand'],
    run: (world, { params }) => {
      const version = read.text(params, 'api_version');
      if (version !== undefined && version !== API_VERSION) throw unsupported('api_version', `Only ${API_VERSION}.`);
      const url = read.text(params, 'url') ?? '';
      if (!URL.canParse(url) || !/^https?:/.test(url)) throw invalid('Invalid URL', 'url', 'url_invalid');
      const endpoint: WebhookEndpoint = {
        ...newEndpoint(world, url, read.texts(params, 'enabled_events')),
        api_version: version ?? null,
        description: read.text(params, 'description') ?? null,
        metadata: metadataOf(params),
      };
      return world.endpoints.set(endpoint.id, endpoint);
    },
  },
  {
    method: 'GET',
    path: '/v1/webhook_endpoints/:id',
    params: 'webhookEndpoints.retrieve',
    run: (world, { id }) => withoutSecret(world.endpoints.get(id) ?? notFound(id)),
  },
  {
    method: 'DELETE',
    path: '/v1/webhook_endpoints/:id',
    params: 'webhookEndpoints.del',
    run: (world, { id }) => {
      if (!world.endpoints.delete(id)) notFound(id);
      return { id, object: 'webhook_endpoint', deleted: true };
    },
  },
  {
    method: 'GET',
    path: '/v1/webhook_endpoints',
    params: 'webhookEndpoints.list',
    run: (world, { params }) => page([...world.endpoints.values()].map(withoutSecret), '/v1/webhook_endpoints', params),
  },
];

/** The signing secret is shown once, in the answer to the creation. */
function withoutSecret(endpoint: WebhookEndpoint): Omit<WebhookEndpoint, 'secret'> {
  const { secret: _secret, ...shown } = endpoint;
  return shown;
}

function notFound(id: string): never {
  throw missing('webhook endpoint', id);
}
