/**
 * A rule that was never seen red is not a rule. Each canary is a piece of code that one of our rules must refuse, linted
 * as if it lay at the given path; the control group must pass. Fails when a rule has gone quiet.
 */
import { ESLint } from 'eslint';

const boundary = '@nx/enforce-module-boundaries';

const canaries = [
  ['contracts import nothing but zod', 'libs/contracts/src/canary.ts', `import 'pino';`, boundary],
  [
    'contracts import no other library of ours',
    'libs/contracts/src/canary.ts',
    `import '@latchkey/shared/time';`,
    boundary,
  ],
  ['the kit knows no vendor', 'libs/shared/src/canary.ts', `import 'stripe';`, boundary],
  [
    'the kit does not depend on vendors’ folders',
    'libs/shared/src/canary.ts',
    `import '@latchkey/vendor-stripe';`,
    boundary,
  ],
  [
    'a vendor’s folder does not speak to the bus',
    'libs/vendors/stripe/src/canary.ts',
    `import '@nats-io/transport-node';`,
    boundary,
  ],
  [
    'a vendor’s folder knows no other vendor’s folder',
    'libs/vendors/stripe/src/canary.ts',
    `import '@latchkey/vendor-openai';`,
    boundary,
  ],
  ['a service imports no SDK', 'apps/signup/src/canary.ts', `import 'stripe';`, boundary],
  ['a service imports no NATS client', 'apps/signup/src/canary.ts', `import '@nats-io/jetstream';`, boundary],
  [
    'a service imports no other service by name',
    'apps/signup/src/canary.ts',
    `import '@latchkey/workspace';`,
    boundary,
  ],
  [
    'a service imports no other service by path',
    'apps/signup/src/canary.ts',
    `import '../../workspace/src/service.js';`,
    boundary,
  ],
  ['a service does not use the test harness', 'apps/signup/src/canary.ts', `import '@latchkey/testing';`, boundary],
  ['a service does not start servers', 'apps/signup/src/canary.ts', `import '@latchkey/local';`, boundary],
  ['the sandbox imports no SDK', 'apps/sandbox/src/canary.ts', `import 'openai';`, boundary],
  [
    'the sandbox does not share the services’ wrappers',
    'apps/sandbox/src/canary.ts',
    `import '@latchkey/vendor-openai';`,
    boundary,
  ],
  ['the operators’ proofs import no vendor’s SDK', 'ops/src/canary.ts', `import 'stripe';`, boundary],
  ['the host knows no service’s code', 'apps/host/src/canary.ts', `import '@latchkey/shared/service';`, boundary],
  [
    'journeys use the public interface only',
    'e2e/journeys/src/canary.ts',
    `import '@latchkey/shared/service';`,
    boundary,
  ],
  [
    'libraries do not import the harness outside of tests',
    'libs/shared/src/canary.ts',
    `import '@latchkey/testing';`,
    boundary,
  ],
  [
    'the environment is read in config.ts only',
    'apps/signup/src/canary.ts',
    `export const x = process.env['X'];`,
    'latchkey/env-only-in-config',
  ],
  [
    'time comes from the clock (Date.now)',
    'apps/signup/src/canary.ts',
    `export const x = Date.now();`,
    'latchkey/time-from-the-clock',
  ],
  [
    'time comes from the clock (new Date)',
    'apps/signup/src/canary.ts',
    `export const x = new Date();`,
    'latchkey/time-from-the-clock',
  ],
  [
    'only doors commit',
    'apps/signup/src/canary.ts',
    `export const f = (em: { flush(): void }) => em.flush();`,
    'latchkey/commit-only-in-the-kit',
  ],
  ['a file holds one thought', 'apps/signup/src/canary.ts', `${'export {};\n'.repeat(401)}`, 'max-lines'],
  ['no any', 'apps/signup/src/canary.ts', `export const x: any = 1;`, '@typescript-eslint/no-explicit-any'],
];

const controls = [
  [
    'a service uses contracts, kit and its vendor',
    'apps/billing-webhooks/src/canary.ts',
    `import '@latchkey/contracts';\nimport '@latchkey/shared/time';\nimport '@latchkey/vendor-stripe';`,
  ],
  ['a spec uses the harness', 'apps/signup/test/canary.spec.ts', `import '@latchkey/testing';`],
  ['config.ts reads the environment', 'apps/signup/src/config.ts', `export const x = process.env['X'];`],
  ['a given instant is no reading of the clock', 'apps/signup/src/canary.ts', `export const x = new Date(0);`],
];

const eslint = new ESLint({ cwd: new URL('../..', import.meta.url).pathname });
const rulesBroken = async (filePath, code) => {
  const [result] = await eslint.lintText(`${code}\n`, { filePath });
  return result.messages.map((message) => message.ruleId ?? `parser: ${message.message}`);
};

let quiet = 0;
for (const [what, file, code, rule] of canaries) {
  const broken = await rulesBroken(file, code);
  if (broken.includes(rule)) continue;
  quiet++;
  console.error(
    `The canary "${what}" (${file}) was not refused by ${rule}; refused by: ${broken.join(', ') || 'nobody'}.`,
  );
}
for (const [what, file, code] of controls) {
  const broken = await rulesBroken(file, code);
  if (broken.length === 0) continue;
  quiet++;
  console.error(`The control "${what}" (${file}) was refused by ${broken.join(', ')}.`);
}
if (quiet > 0) process.exit(1);
console.log(`${canaries.length} canaries were refused, ${controls.length} controls passed.`);
