import * as contracts from '@latchkey/contracts';
import { owners, type Owner } from '@latchkey/contracts';
import { declaredCrashPoints, passedCrashPoints } from '@latchkey/shared/crash';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const repoDir = resolve(import.meta.dirname, '../../..');

/**
 * The crash points whose names stand in the source as literals: labels of doors, operations of vendors, questions asked.
 * Throws on a call whose name is no literal, because such a point could be forgotten; the kit's own calls, which get
 * their name handed over, are declared by the kit at run time instead (`declareCrashPoints`).
 */
export function pointsInSource(service: Owner): string[] {
  const files = sourcesOf(join(repoDir, 'apps', service, 'src'));
  const points = new Set<string>();
  const add = (kind: string, name: string, ...sides: string[]) => {
    for (const side of sides) points.add(`${kind}.${name}.${side}`);
  };
  for (const { path, text } of files) {
    for (const label of literalsAfter(path, text, /\bdoor\s*\.commit\(/g))
      add('door', label, 'before-commit', 'after-commit');
    for (const subject of subjectsAsked(path, text)) add('ask', subject, 'before', 'after');
  }
  for (const label of kitDoors()) add('door', label, 'before-commit', 'after-commit');
  const all = files.map(({ text }) => text).join('\n');
  for (const { vendor, operation } of vendorOperations(all)) add('vendor', `${vendor}.${operation}`, 'before', 'after');
  return [...points].sort();
}

/**
 * Passed once in the life of a system, before any stranger comes: the console's first account, the beginning of the walk
 * through Stripe's events, and the embedding of the sample documents. They are armed before the first start.
 */
export const onceInALife: readonly (readonly [service: Owner, point: string])[] = [
  ['signup', 'door.first-operator.before-commit'],
  ['signup', 'door.first-operator.after-commit'],
  ['billing-webhooks', 'door.begin-stripe-walk.before-commit'],
  ['billing-webhooks', 'door.begin-stripe-walk.after-commit'],
  ['provisioner', 'vendor.openai.embed.before'],
  ['provisioner', 'vendor.openai.embed.after'],
  ['provisioner', 'door.sample-vectors.before-commit'],
  ['provisioner', 'door.sample-vectors.after-commit'],
];

/**
 * Everything this service must be killed at. A job's own commit passes the points of its job (completing, done) in the
 * same moments as those of a door of its name, and is counted once, as the job's.
 */
export function declaredPoints(crashDir: string, service: Owner): string[] {
  const registered = declaredCrashPoints(crashDir, service);
  const events = registered.flatMap((point) => /^event\.(.+)\.before-ack$/.exec(point)?.[1] ?? []);
  const doors = events.flatMap((type) => [`door.event:${type}.before-commit`, `door.event:${type}.after-commit`]);
  const journal = registered.some((point) => point.startsWith('journal.'));
  const journalDoor = journal ? ['door.journal.before-commit', 'door.journal.after-commit'] : [];
  return [...new Set([...pointsInSource(service), ...registered, ...doors, ...journalDoor])].sort();
}

/** Points a process passed that nobody declared: the scan or a decorator has a gap. Must always be empty. */
export function undeclaredPoints(crashDir: string): string[] {
  return owners.flatMap((service) => {
    const declared = new Set(declaredPoints(crashDir, service));
    const jobs = new Set([...declared].flatMap((point) => /^job\.(.+)\.claimed$/.exec(point)?.[1] ?? []));
    return passedCrashPoints(crashDir, service)
      .filter(
        (point) => !declared.has(point) && !jobs.has(/^door\.(.+)\.(?:before|after)-commit$/.exec(point)?.[1] ?? ''),
      )
      .map((point) => `${service} ${point}`);
  });
}

/**
 * Doors every service has from the kit. Those that are handed their label (an event's, a job's) are declared where it is
 * given, and the journal's only by who keeps one.
 */
function kitDoors(): string[] {
  const all = sourcesOf(join(repoDir, 'libs/shared/src'))
    .map(({ text }) => text)
    .join('\n');
  const labels = [...all.matchAll(/\bdoor\s*\.commit\(\s*'([^'$]+)'/g)].map(([, label]) => label!);
  return labels.filter((label) => label !== 'journal');
}

interface Source {
  path: string;
  text: string;
}

function sourcesOf(folder: string): Source[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'))
    .map((name) => ({ path: join(folder, name), text: readFileSync(join(folder, name), 'utf8') }));
}

/** The string that follows each match; anything else than a plain literal is an error. */
function literalsAfter(path: string, text: string, call: RegExp): string[] {
  return [...text.matchAll(call)].map((match) => {
    const literal = /^\s*'([^']+)'/.exec(text.slice(match.index + match[0].length))?.[1];
    if (literal === undefined) throw new Error(`${path}: ${match[0]} is not followed by a literal name.`);
    return literal;
  });
}

/** `questions.ask(Name, ...)`: Name is a contract, perhaps imported under another name. */
function subjectsAsked(path: string, text: string): string[] {
  return [...text.matchAll(/\bquestions\s*\.ask\(\s*(\w+)/g)].map(([, name]) => {
    const original = new RegExp(`(\\w+) as ${name}\\b`).exec(text)?.[1] ?? name!;
    const contract = (contracts as Record<string, unknown>)[original] as { subject?: string } | undefined;
    if (contract?.subject === undefined)
      throw new Error(`${path}: ${name} is asked and is no question of the contracts.`);
    return contract.subject;
  });
}

/** The operations behind those methods of the vendors' wrappers that this service calls. */
function vendorOperations(service: string): { vendor: string; operation: string }[] {
  const used = [...service.matchAll(/from '@latchkey\/vendor-(\w+)'/g)].map(([, vendor]) => vendor!);
  return [...new Set(used)].flatMap((vendor) => {
    const methods = methodsOf(readFileSync(join(repoDir, `libs/vendors/${vendor}/src/${vendor}.ts`), 'utf8'));
    const called = [...methods.keys()].filter((name) => new RegExp(`\\.\\s*${name}\\(`).test(service));
    const operations = new Set(called.flatMap((name) => operationsOf(name, methods, new Set())));
    return [...operations].map((operation) => ({ vendor, operation }));
  });
}

/** Name and body of each method of a wrapper's class; a body ends where the next method of the same depth begins. */
function methodsOf(text: string): Map<string, string> {
  const methods = new Map<string, string>();
  const heads = [...text.matchAll(/^ {2}(?:private |static )*(?:async )?(\w+)(?:<[^>]*>)?\(/gm)];
  heads.forEach((head, index) => methods.set(head[1]!, text.slice(head.index, heads[index + 1]?.index)));
  // A module constant, where the wrapper has only one operation.
  const only = /^const operation = '([^']+)'/m.exec(text)?.[1];
  if (only) for (const [name, body] of methods) methods.set(name, `${body}\nconst operation = '${only}';`);
  return methods;
}

function operationsOf(name: string, methods: Map<string, string>, seen: Set<string>): string[] {
  if (seen.has(name)) return [];
  seen.add(name);
  const body = methods.get(name)!;
  const own = [...body.matchAll(/(?:call(?:UnlessGone)?\(|operation = )'([^']+)'/g)].map(([, operation]) => operation!);
  const further = [...body.matchAll(/this\.(\w+)\(/g)].map(([, other]) => other!).filter((other) => methods.has(other));
  return [...own, ...further.flatMap((other) => operationsOf(other, methods, seen))];
}
