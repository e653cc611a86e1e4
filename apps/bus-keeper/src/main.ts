import { createServer } from 'node:http';
import { environment, loadConfig } from '@latchkey/shared/config';
import { Bus, BusKeeper } from '@latchkey/shared/messaging';
import { Log } from '@latchkey/shared/observability';
import { orFail } from '@latchkey/shared/service';
import { Config } from './config.js';

const name = 'bus-keeper';

/** Keeps the streams and consumers that the contracts name; services have no permission to make them. */
await orFail(name, async (fail) => {
  const config = loadConfig(Config, environment());
  const log = new Log(name, config.LOG_LEVEL);
  const bus = new Bus(name, { url: config.NATS_URL, nkeySeed: config.NATS_NKEY_SEED }, config.NATS_REPLICAS, log);
  const keeper = new BusKeeper(bus, log);
  keeper.start();

  const server = createServer(({ url }, response) => {
    const isWell = url === '/health/live' || (url === '/health/ready' && keeper.isReady);
    const known = url === '/health/live' || url === '/health/ready';
    response.writeHead(isWell ? 200 : known ? 503 : 404).end();
  });
  server.once('error', (error) => fail(error.message, 1));
  server.listen(config.PORT, config.HOST, () => log.info('ready', { port: config.PORT }));

  const stop = () => {
    server.close();
    void keeper.stop().then(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
});
