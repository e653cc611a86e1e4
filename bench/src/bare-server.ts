import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/** A program of its own, for floor.ts: reads JSON and answers JSON, and ends when whoever forked it has gone. */
const server = createServer((request, response) => {
  json(request).then(
    (seen) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ seen })),
    () => response.destroy(),
  );
});
await once(server.listen(0, '127.0.0.1'), 'listening');
process.once('disconnect', () => process.exit(0));
process.send!((server.address() as AddressInfo).port);
