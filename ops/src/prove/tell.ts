import type { Monitoring } from './monitoring.js';
import type { Stage } from './stage.js';
import type { Story } from './stories.js';

/** What was heard of one alert. */
export interface Proof {
  alert: string;
  cause: string;
  firedAfterSeconds: number | null;
  end: string;
  resolvedAfterSeconds: number | null;
}

/** Longer than the longest shortened window and `for` together, on a busy machine. */
const hearMs = 240_000;

/** Tells a story and listens. An alert that was not heard in time has null where its time would stand. */
export async function tell(
  story: Story,
  stage: Stage,
  { sink }: Monitoring,
  say: (text: string) => void,
): Promise<Proof[]> {
  const proofs = new Map<string, Proof>();
  for (const { what, happen, fires = [], resolves = [] } of story.events) {
    say(`${story.name}: ${what}`);
    for (const alert of fires)
      if (sink.isFiring(alert)) {
        say(`  ${alert} fires already; waiting for its end`);
        await sink.resolved(alert, hearMs);
      }
    const beganMs = performance.now();
    await happen(stage);
    const happenedMs = performance.now();
    const seconds = (atMs: number | undefined) =>
      atMs === undefined ? null : Math.max(0, (atMs - happenedMs) / 1_000);
    for (const alert of fires) {
      const firedAfterSeconds = seconds(await sink.fired(alert, beganMs, hearMs));
      proofs.set(alert, { alert, cause: what, firedAfterSeconds, end: '', resolvedAfterSeconds: null });
      say(
        `  ${alert} ${firedAfterSeconds === null ? 'DID NOT FIRE' : `fires, ${firedAfterSeconds.toFixed(1)} s after`}`,
      );
    }
    for (const alert of resolves) {
      const resolvedAfterSeconds = seconds(await sink.resolved(alert, hearMs));
      const proof = proofs.get(alert);
      if (proof) Object.assign(proof, { end: what, resolvedAfterSeconds });
      say(
        `  ${alert} ${resolvedAfterSeconds === null ? 'WAS NOT RESOLVED' : `is over, ${resolvedAfterSeconds.toFixed(1)} s after`}`,
      );
    }
  }
  return [...proofs.values()];
}
