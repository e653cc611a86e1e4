// Writes the browser's types from the services' OpenAPI documents: `npm run web:client` beside a running system (of
// LATCHKEY_PORT_BASE, else 4000). With --check it writes nothing and fails when a committed file is not current.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import openapiTS, { astToString } from 'openapi-typescript';
import { format, resolveConfig } from 'prettier';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const base = Number(process.env.LATCHKEY_PORT_BASE || 4000);
const check = process.argv.includes('--check');
/** Offsets as in libs/contracts/src/routes.ts. */
const services = { signup: 0, 'billing-webhooks': 1, workspace: 3 };

let stale = 0;
for (const [service, offset] of Object.entries(services)) {
  const url = `http://127.0.0.1:${base + offset}/openapi.json`;
  const answer = await fetch(url).catch(() => null);
  if (!answer?.ok) {
    console.error(`${url} does not answer: start the system first (npm start).`);
    process.exit(1);
  }
  const document = await answer.json();
  // Operators' routes are not the customers' client's business.
  for (const path of Object.keys(document.paths))
    if (/^\/api\/(operator|console)\//.test(path)) delete document.paths[path];
  // Nest calls every header it reads required: the session adds `authorization` by itself, the others may be left out.
  for (const route of Object.values(document.paths).flatMap(Object.values)) {
    route.parameters = route.parameters?.filter(({ name }) => name !== 'authorization');
    for (const parameter of route.parameters ?? []) if (parameter.in === 'header') parameter.required = false;
  }
  // What goes wrong is one shape on all routes, which the browser reads in one place (apps/web/src/api/problem.ts).
  delete document.components.schemas.Problem;
  for (const route of Object.values(document.paths).flatMap(Object.values)) delete route.responses.default;
  const file = join(root, `apps/web/src/api/generated/${service}.ts`);
  const text = `// Made from ${service}'s OpenAPI document by npm run web:client. Not to be edited.\n${astToString(await openapiTS(document))}`;
  const made = await format(text, { ...(await resolveConfig(file)), parser: 'typescript' });
  if (check) {
    if (readFileSync(file, 'utf8') === made) continue;
    console.error(`${file} is not current: npm run web:client, and commit what changed.`);
    stale += 1;
  } else writeFileSync(file, made);
}
process.exit(stale > 0 ? 1 : 0);
