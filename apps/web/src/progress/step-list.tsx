import type { TenantStatusResponse } from '@latchkey/contracts';
import { Badge, Box, Group, Loader, Progress, Stack, Text, ThemeIcon, Timeline, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { SetupSteps } from './setup-steps';
import { type Mark, markOf, stagesOf } from './stages';
import { useSecondsSpent } from './use-seconds-spent';

interface Props {
  status: TenantStatusResponse;
  heardAtMs: number;
  live: boolean;
}

/** Every true step, in its order, with what it is good for. Nothing is ticked here that a service has not said. */
export function StepList({ status, heardAtMs, live }: Props) {
  const seconds = useSecondsSpent(status, heardAtMs, live);
  const stages = stagesOf(status);
  const done = stages.filter(({ mark }) => mark === 'done').length;
  const firstOpen = stages.findIndex(({ mark }) => mark !== 'done');
  return (
    <Box mt="xl" component="section" aria-label="Steps of your signup">
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h4">
          Where you are
        </Title>
        <Text size="sm" c="dimmed">
          {done} of {stages.length} done
        </Text>
      </Group>
      <Progress.Root size="sm" mb="lg" aria-hidden="true">
        <Progress.Section value={(100 * done) / stages.length} color="teal.9" />
      </Progress.Root>
      <Timeline bulletSize={28} lineWidth={2} active={firstOpen === -1 ? stages.length : firstOpen} color="teal.9">
        {stages.map(({ name, title, mark, next }) => (
          <Timeline.Item
            key={name}
            bullet={<Bullet mark={mark} />}
            lineVariant={mark === 'done' ? 'solid' : 'dashed'}
            title={
              <Group gap="xs">
                <Text span fw={600}>
                  {title}
                </Text>
                <Word mark={mark}>
                  {name === 'workspace' && mark === 'now' && seconds !== null && ` · ${seconds} s so far`}
                </Word>
              </Group>
            }
          >
            <Stack gap="xs">
              {mark !== 'done' && (
                <Text size="sm" c="dimmed">
                  {next}
                </Text>
              )}
              {name === 'workspace' && mark !== 'open' && status.progress && <SetupSteps progress={status.progress} />}
            </Stack>
          </Timeline.Item>
        ))}
      </Timeline>
    </Box>
  );
}

const words: Record<Mark, [string, string]> = {
  done: ['Done', 'teal'],
  now: ['Under way', 'indigo'],
  open: ['Not yet', 'gray'],
  failed: ['Could not be done', 'red'],
};

function Word({ mark, children }: { mark: Mark; children?: ReactNode }) {
  const [word, colour] = words[mark];
  return (
    <Badge variant="outline" color={colour} c="inherit" tt="none" fw={500}>
      {word}
      {children}
    </Badge>
  );
}

function Bullet({ mark }: { mark: Mark }) {
  if (mark === 'now') return <Loader size={18} color="white" aria-hidden="true" />;
  const { colour, sign } = markOf[mark];
  return (
    <ThemeIcon size={24} radius="xl" color={colour} aria-hidden="true">
      {sign}
    </ThemeIcon>
  );
}
