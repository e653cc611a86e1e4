import type { TenantStatusResponse } from '@latchkey/contracts';
import { Box, Loader, Text, ThemeIcon, Timeline } from '@mantine/core';
import type { ReactNode } from 'react';
import { useSecondsSpent } from './use-seconds-spent';

type Mark = 'done' | 'now' | 'open' | 'failed';

/** Every true step, in its order. Nothing is ticked here that a service has not said. */
export function StepList({ status, heardAtMs, live }: Props) {
  const { email_verified: verified, paid, progress } = status;
  const ready = status.status === 'active' || status.status === 'suspended';
  const seconds = useSecondsSpent(status, heardAtMs, live);
  const workspace: Mark = ready
    ? 'done'
    : status.status === 'provisioning_failed'
      ? 'failed'
      : status.status === 'provisioning'
        ? 'now'
        : 'open';
  return (
    <Box mt="xl" component="section" aria-label="Steps of your signup">
      <Timeline bulletSize={26} lineWidth={2} active={4}>
        <Timeline.Item title="Email confirmed" bullet={bullet(verified ? 'done' : 'open')}>
          <Word mark={verified ? 'done' : 'open'} />
        </Timeline.Item>
        <Timeline.Item title="Card added, trial begun" bullet={bullet(paid ? 'done' : 'open')}>
          <Word mark={paid ? 'done' : 'open'} />
        </Timeline.Item>
        <Timeline.Item title="Workspace set up" bullet={bullet(workspace)}>
          <Word mark={workspace}>{seconds !== null && ` · ${seconds} s so far`}</Word>
          {progress?.steps.map((step) => (
            <Text key={step.name} size="sm">
              {step.title}: {stepWords[step.state]}
              {step.attempts > 1 && ` (try ${step.attempts})`}
            </Text>
          ))}
          {progress?.next_attempt_at && (
            <Text size="sm">The next try is at {new Date(progress.next_attempt_at).toLocaleTimeString()}.</Text>
          )}
        </Timeline.Item>
        <Timeline.Item title="First answer" bullet={bullet('open')}>
          <Text size="sm" c="dimmed">
            {ready ? 'Log in: it is one click away.' : 'As soon as the workspace is there.'}
          </Text>
        </Timeline.Item>
      </Timeline>
    </Box>
  );
}

interface Props {
  status: TenantStatusResponse;
  heardAtMs: number;
  live: boolean;
}

const words: Record<Mark, string> = { done: 'Done', now: 'Under way', open: 'Not yet', failed: 'Could not be done' };

const stepWords: Record<NonNullable<TenantStatusResponse['progress']>['steps'][number]['state'], string> = {
  waiting: 'not yet',
  running: 'under way',
  retrying: 'did not work yet, is tried again',
  done: 'done',
  failed: 'could not be done',
  undone: 'taken back',
};

function Word({ mark, children }: { mark: Mark; children?: ReactNode }) {
  return (
    <Text size="sm" c="dimmed">
      {words[mark]}
      {children}
    </Text>
  );
}

function bullet(mark: Mark): ReactNode {
  if (mark === 'now') return <Loader size={16} color="white" aria-hidden="true" />;
  const color = mark === 'done' ? 'teal.9' : mark === 'failed' ? 'red.9' : 'gray.7';
  return (
    <ThemeIcon size={22} radius="xl" color={color} aria-hidden="true">
      {mark === 'done' ? '✓' : mark === 'failed' ? '×' : '·'}
    </ThemeIcon>
  );
}
