import { Alert, Anchor, Paper, Progress, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { answer, workspace } from '../../api/client';
import { Loaded, View } from '../view';

const number = new Intl.NumberFormat('en-US');
/** From here on it is time to think of what comes after the limit. */
const nearShare = 0.8;

export function UsagePage() {
  const usage = useQuery({ queryKey: ['usage'], queryFn: () => answer(workspace.GET('/v1/usage')) });
  return (
    <View title="Usage" about="What you have used of your plan, and what to do when it gets tight.">
      <Loaded query={usage}>
        {(data) => (
          <Stack>
            <Text>
              This month of yours ends on {new Date(data.period_end).toLocaleDateString()}; then questions begin at zero
              again.
            </Text>
            <Meter name="Questions" used={data.queries_used} limit={data.queries_limit}>
              The next ones are refused until the month ends, and never charged extra. A{' '}
              <Anchor component={Link} to="/app/billing">
                larger plan
              </Anchor>{' '}
              counts at once.
            </Meter>
            <Meter name="Documents" used={data.documents_used} limit={data.documents_limit}>
              Delete{' '}
              <Anchor component={Link} to="/app/documents">
                documents
              </Anchor>{' '}
              you no longer need, or take a{' '}
              <Anchor component={Link} to="/app/billing">
                larger plan
              </Anchor>
              .
            </Meter>
            <Text size="sm" c="dimmed">
              Behind it: {number.format(data.llm_tokens_used)} tokens for answers,{' '}
              {number.format(data.embedding_tokens_used)} for reading and searching. They are part of the plan.
            </Text>
          </Stack>
        )}
      </Loaded>
    </View>
  );
}

function Meter({ name, used, limit, children }: { name: string; used: number; limit: number; children: ReactNode }) {
  const share = limit === 0 ? 1 : used / limit;
  const color = share >= 1 ? 'red.9' : share >= nearShare ? 'orange.9' : 'indigo';
  return (
    <Paper withBorder p="md">
      <Text fw={600}>
        {name}: {number.format(used)} of {number.format(limit)}
      </Text>
      <Progress mt="xs" size="lg" value={Math.min(100, share * 100)} color={color} aria-label={`${name} used`} />
      {share >= nearShare && (
        <Alert
          mt="sm"
          color={share >= 1 ? 'red' : 'orange'}
          variant="outline"
          title={share >= 1 ? 'All used' : 'Nearly all used'}
        >
          <Text size="sm">{children}</Text>
        </Alert>
      )}
    </Paper>
  );
}
