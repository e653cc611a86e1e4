import { z } from 'zod';
import { defineJob } from '@latchkey/shared/jobs';

/**
 * Takes a run from where it stands as far as it gets. Its own tries are for our failures (a bug, a lost database); the
 * vendors' failures are counted by the run. A run that must be taken back is tried for hours: giving up would leave limbo.
 */
export const AdvanceRun = defineJob({
  name: 'advance-run',
  data: z.object({ run_id: z.string() }),
  onePerKey: true,
  tries: 100,
  backoffSeconds: 2,
  backoffMaxSeconds: 300,
  concurrency: 64,
  timeoutSeconds: 120,
});

/** A worker that has not touched its run for so long is taken for dead. Longer than any step takes. */
export const quietSeconds = 180;

/** For a run whose usual key waits in the queue for later: with that key the job of now would be dropped. */
export const nowKey = (runId: string): string => `${runId}:now`;

/**
 * Undoes a failed run once more, long after any of its calls can still be under way: a write that Pinecone took in but
 * finished after our delete would otherwise leave a namespace that nobody knows of.
 */
export const SweepFailedRun = defineJob({
  name: 'sweep-failed-run',
  data: z.object({ run_id: z.string() }),
  onePerKey: true,
  tries: 1_000,
  backoffSeconds: 10,
  backoffMaxSeconds: 600,
  concurrency: 4,
  timeoutSeconds: 60,
});

/** Longer than every timeout of a step's calls together, and than a worker that was thought dead can go on. */
export const sweepAfterSeconds = 300;
