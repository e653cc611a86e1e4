import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where harness and processes meet: files, because what a process writes outlives its SIGKILL and needs no connection. */
export function crashFiles(directory: string, service: string) {
  const own = join(directory, service);
  return {
    /** One point a line, each once: what any life of this service has passed. */
    passed: join(own, 'passed'),
    /** One point a line: what the lives of this service have declared. */
    declared: join(own, 'declared'),
    armed: join(own, 'armed'),
    hit: join(own, 'hit'),
    armedPoint: (point: string) => join(own, 'armed', encodeURIComponent(point)),
    hitPoint: (point: string) => join(own, 'hit', encodeURIComponent(point)),
  };
}

/** The service kills itself when it passes `point` for the `passing`-th time in one life. Armed until it did. */
export function armCrashPoint(directory: string, service: string, point: string, passing = 1): void {
  const files = crashFiles(directory, service);
  mkdirSync(files.armed, { recursive: true });
  writeFileSync(files.armedPoint(point), String(passing));
}

export function disarmCrashPoint(directory: string, service: string, point: string): void {
  rmSync(crashFiles(directory, service).armedPoint(point), { force: true });
}

export function disarmAllCrashPoints(directory: string, service: string): void {
  for (const point of namesIn(crashFiles(directory, service).armed)) disarmCrashPoint(directory, service, point);
}

export function armedCrashPoints(directory: string, service: string): string[] {
  return namesIn(crashFiles(directory, service).armed);
}

/** The points at which the service has killed itself. */
export function hitCrashPoints(directory: string, service: string): string[] {
  return namesIn(crashFiles(directory, service).hit);
}

export function passedCrashPoints(directory: string, service: string): string[] {
  return linesOf(crashFiles(directory, service).passed);
}

export function declaredCrashPoints(directory: string, service: string): string[] {
  return linesOf(crashFiles(directory, service).declared);
}

function linesOf(file: string): string[] {
  return existsSync(file) ? [...new Set(readFileSync(file, 'utf8').split('\n').filter(Boolean))] : [];
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).map(decodeURIComponent) : [];
}
