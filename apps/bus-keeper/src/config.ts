import { CommonConfig } from '@latchkey/shared/config';

/** What the keeper needs from its environment. It has no database. */
export const Config = CommonConfig.pick({
  PORT: true,
  HOST: true,
  NATS_URL: true,
  NATS_NKEY_SEED: true,
  NATS_REPLICAS: true,
  LOG_LEVEL: true,
});
