import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';

interface Container {
  read_only?: boolean;
  cap_drop?: string[];
  cap_add?: string[];
  security_opt?: string[];
  mem_limit?: string;
}

const file = resolve(import.meta.dirname, '../../docker-compose.yml');
const { services } = parse(readFileSync(file, 'utf8'), { merge: true }) as { services: Record<string, Container> };

test.each(Object.entries(services))('%s of docker compose is confined and its memory bounded', (_, container) => {
  expect(container).toMatchObject({
    read_only: true,
    cap_drop: ['ALL'],
    // With a colon the engine warns that it will refuse the option.
    security_opt: ['no-new-privileges=true'],
    mem_limit: expect.stringMatching(/^\d+[mg]$/),
  });
});

test('only what hands the volume to the bus has capabilities', () => {
  expect(Object.keys(services).filter((name) => services[name]?.cap_add)).toEqual(['nats-volume']);
});
