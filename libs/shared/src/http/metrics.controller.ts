import { Controller, Get, Header } from '@nestjs/common';
import { createServer } from 'node:http';
import { register } from 'prom-client';
import { metricsText } from '../observability/measurements.js';
import { OpenApi } from './openapi.js';

/** Metrics on the service's own port, for a service that only its neighbours reach. */
@OpenApi(({ ApiExcludeController }) => ApiExcludeController())
@Controller()
export class MetricsController {
  @Get('metrics')
  @Header('content-type', register.contentType)
  metrics(): Promise<string> {
    return metricsText();
  }
}

/**
 * Metrics on a port of their own: a network rule can then shut them to everybody but Prometheus, and customers who reach
 * the service's port never see them (ASVS 13.4.5). Answers how to stop; throws when the port is taken.
 */
export async function serveMetrics(port: number, host: string): Promise<() => void> {
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') return void response.writeHead(404).end();
    metricsText().then(
      (text) => response.writeHead(200, { 'content-type': register.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return () => {
    server.close();
    server.closeAllConnections();
  };
}
