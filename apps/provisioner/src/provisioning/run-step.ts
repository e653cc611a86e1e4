import { histogram } from '@latchkey/shared/observability';
import { reasonOf } from './classify-failure.js';
import type { Step } from './steps/step.js';

const stepSeconds = histogram(
  'onboarding_provisioning_step_duration_seconds',
  'One try at one step, forward (run) or back (undo), for a tenant or the pool; outcome is done or the reason of the failure.',
  ['step', 'direction', 'outcome'],
  [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
);

/** One half of a step, measured; outside of any transaction. Throws what the step throws. */
export async function runStep<Context>(
  step: Pick<Step, 'name'> & Record<'run' | 'undo', (context: Context) => Promise<void>>,
  direction: 'run' | 'undo',
  context: Context,
): Promise<void> {
  const stop = stepSeconds.startTimer({ step: step.name, direction });
  try {
    await step[direction](context);
    stop({ outcome: 'done' });
  } catch (error) {
    stop({ outcome: reasonOf(error) });
    throw error;
  }
}
