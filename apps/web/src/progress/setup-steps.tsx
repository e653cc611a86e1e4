import type { TenantStatusResponse } from '@latchkey/contracts';
import { Alert, List, Text, ThemeIcon } from '@mantine/core';
import { markOf } from './stages';

type Progress = NonNullable<TenantStatusResponse['progress']>;

/** The steps of the setting-up as the provisioner tells them, and whom it waits for when it waits. */
export function SetupSteps({
  progress: { steps, state, seconds_elapsed: seconds, ...waiting },
}: {
  progress: Progress;
}) {
  return (
    <>
      <List size="sm" spacing={4} center>
        {steps.map((step) => (
          <List.Item
            key={step.name}
            icon={
              <ThemeIcon size={16} radius="xl" color={iconOf[step.state].colour} fz={10} aria-hidden="true">
                {iconOf[step.state].sign}
              </ThemeIcon>
            }
          >
            {step.title}: {words[step.state]}
            {step.attempts > 1 && ` (try ${step.attempts})`}
          </List.Item>
        ))}
      </List>
      {state === 'done' && <Text size="sm">Ready after {Math.max(1, Math.round(seconds))} s.</Text>}
      {waiting.next_attempt_at && (
        <Alert variant="outline" color="yellow" p="xs">
          {waiting.waits_for !== null && `${reasons[waiting.waits_for]} `}The next try is at{' '}
          {new Date(waiting.next_attempt_at).toLocaleTimeString()}.
        </Alert>
      )}
    </>
  );
}

type StepState = Progress['steps'][number]['state'];

const iconOf: Record<StepState, { colour: string; sign: string }> = {
  waiting: markOf.open,
  running: { colour: 'indigo.9', sign: '…' },
  retrying: { colour: 'orange.9', sign: '↻' },
  done: markOf.done,
  failed: markOf.failed,
  undone: markOf.open,
};

const words: Record<StepState, string> = {
  waiting: 'not yet',
  running: 'under way',
  retrying: 'did not work yet, is tried again',
  done: 'done',
  failed: 'could not be done',
  undone: 'taken back',
};

const reasons: Record<NonNullable<Progress['waits_for']>, string> = {
  supplier_down: 'A supplier of ours does not answer.',
  supplier_busy: 'A supplier of ours is busy.',
  our_account: 'Something on our side is in the way, and we were told.',
};
