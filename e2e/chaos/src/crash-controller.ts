import { owners, type Owner } from '@latchkey/contracts';
import {
  armCrashPoint,
  armedCrashPoints,
  disarmAllCrashPoints,
  hitCrashPoints,
  passedCrashPoints,
} from '@latchkey/shared/crash';
import { setTimeout as sleep } from 'node:timers/promises';
import { declaredPoints } from './points.js';
import type { CrashPoints } from './report.js';

export interface PointGroup extends CrashPoints {
  service: Owner;
  kind: string;
}

const betweenLooksMs = 300;
/**
 * Of the points that are passed all the time, so many are armed at once in one service: with all of them armed it would
 * die at every step, and nobody would ever come as far as the rare ones, which stay armed until somebody does.
 */
const frequentAtOnce = 2;
/** One that was not passed for so long is not frequent after all: it stays armed and makes room. */
const passedAgainWithinMs = 6_000;

/** Arms the declared points bit by bit, each until its process has died there once. */
export class CrashController {
  private running = true;
  private work: Promise<void> = Promise.resolve();
  private readonly armedAtMs = new Map<string, number>();

  constructor(private readonly crashDir: string) {}

  start(): void {
    this.work = this.run();
  }

  /** Disarms what nobody came across. */
  async stop(): Promise<void> {
    this.running = false;
    await this.work;
    for (const service of owners) disarmAllCrashPoints(this.crashDir, service);
  }

  get counts(): CrashPoints {
    const declared = owners.reduce((sum, service) => sum + declaredPoints(this.crashDir, service).length, 0);
    return { declared, hit: declared - this.missing().length };
  }

  /** "service point" of each that no process has died at yet. */
  missing(): string[] {
    return owners.flatMap((service) => this.missingOf(service).map((point) => `${service} ${point}`));
  }

  /** Declared and hit by service and kind of point, for the report. */
  get groups(): PointGroup[] {
    return owners.flatMap((service) => {
      const missing = new Set(this.missingOf(service));
      const byKind = Map.groupBy(declaredPoints(this.crashDir, service), (point) => point.split('.')[0]!);
      return [...byKind].map(([kind, points]) => ({
        ...{ service, kind, declared: points.length },
        hit: points.filter((point) => !missing.has(point)).length,
      }));
    });
  }

  private missingOf(service: Owner): string[] {
    const hit = new Set(hitCrashPoints(this.crashDir, service));
    return declaredPoints(this.crashDir, service).filter((point) => !hit.has(point));
  }

  private async run(): Promise<void> {
    while (this.running) {
      for (const service of owners) this.arm(service);
      await sleep(betweenLooksMs);
    }
  }

  private arm(service: Owner): void {
    const passed = new Set(passedCrashPoints(this.crashDir, service));
    const armed = new Set(armedCrashPoints(this.crashDir, service));
    const missing = this.missingOf(service);
    const rare = missing.filter((point) => !passed.has(point));
    const frequent = missing.filter((point) => passed.has(point));
    const isFresh = (point: string) =>
      performance.now() - (this.armedAtMs.get(`${service} ${point}`) ?? Number.NEGATIVE_INFINITY) < passedAgainWithinMs;
    let free = frequentAtOnce - frequent.filter((point) => armed.has(point) && isFresh(point)).length;
    for (const point of [...rare, ...frequent]) {
      if (armed.has(point)) continue;
      if (passed.has(point) && free-- <= 0) continue;
      armCrashPoint(this.crashDir, service, point);
      this.armedAtMs.set(`${service} ${point}`, performance.now());
    }
  }
}
