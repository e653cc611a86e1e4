import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { crashFiles } from './crash-files.js';

let pass: ((point: string) => void) | undefined;
let note: ((point: string) => void) | undefined;
/** What the decorators and parts of this process announced; few, and never removed. */
const declared = new Set<string>();

/**
 * A named moment between two effects at which the process may die. The kit passes one on each side of every commit,
 * vendor call, publish, acknowledgement, job, question and answer, so a new door or call has its points by being one.
 * Does nothing unless the chaos harness switched it on.
 */
export function crashPoint(...name: readonly string[]): void {
  pass?.(name.join('.'));
}

/**
 * Says that this process has these points, before any is passed. Whoever gives a point its name from a registration (an
 * event, a job, a question) declares it there, so that the list cannot forget one; door labels, vendor operations and
 * asked questions stand in the source as literals, and e2e/chaos reads them there.
 */
export function declareCrashPoints(kind: string, name: string, ...sides: readonly string[]): void {
  for (const side of sides) {
    const point = [kind, name, side].filter(Boolean).join('.');
    declared.add(point);
    note?.(point);
  }
}

/**
 * From now on each point notes its first passing in `directory`, and kills this process where a point is armed there
 * (`armCrashPoint`). SIGKILL, because nothing may tidy up: neither handlers nor buffers. A point is disarmed before it
 * kills, so that the next life of the process gets past it.
 */
export function switchOnCrashPoints(directory: string, service: string): void {
  const files = crashFiles(directory, service);
  for (const folder of [files.armed, files.hit]) mkdirSync(folder, { recursive: true });
  note = (point) => appendFileSync(files.declared, `${point}\n`);
  for (const point of declared) note(point);
  const known = new Set(existsSync(files.passed) ? readFileSync(files.passed, 'utf8').split('\n') : []);
  const passings = new Map<string, number>();
  pass = (point) => {
    if (!known.has(point)) {
      known.add(point);
      appendFileSync(files.passed, `${point}\n`);
    }
    const armed = files.armedPoint(point);
    if (!existsSync(armed)) return;
    const passing = (passings.get(point) ?? 0) + 1;
    passings.set(point, passing);
    if (passing < Number(readFileSync(armed, 'utf8'))) return;
    renameSync(armed, files.hitPoint(point));
    process.kill(process.pid, 'SIGKILL');
  };
}

/** For specs that share their process with others. */
export function switchOffCrashPoints(): void {
  pass = undefined;
  note = undefined;
}
