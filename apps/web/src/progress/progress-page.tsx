import { Alert, Button, Container, Paper, Text, Title } from '@mantine/core';
import { Link, useParams } from 'react-router';
import { PageLoading } from '../feedback/page-loading';
import { Trouble } from '../feedback/trouble';
import { NextAction } from './next-action';
import { StepList } from './step-list';
import { useTenantStatus } from './use-tenant-status';

/** Where everybody waits, and where everybody can come back to: what is done, what is under way, what happens next. */
export function ProgressPage() {
  const { tenantId = '' } = useParams();
  const { status, live, problem, heardAtMs } = useTenantStatus(tenantId);
  if (problem)
    return (
      <Container size="sm" py="xl">
        <title>Your signup · Latchkey</title>
        <Title order={1} mb="md">
          Your signup
        </Title>
        <Trouble problem={problem}>
          The link may be cut off. <Button component={Link} to="/signup" size="compact-sm" children="Sign up" />
        </Trouble>
      </Container>
    );
  if (!status && live) return <PageLoading />;
  return (
    <Container size="sm" py="xl">
      <title>{`${status ? titles[status.next] : 'Your signup'} · Latchkey`}</title>
      <Title order={1}>{status ? titles[status.next] : 'Your signup'}</Title>
      {!live && (
        <Alert color="yellow" variant="outline" my="md" role="status" title="We cannot be reached for a moment">
          {status ? 'Below is the last we know. ' : ''}Nothing stops because of that: your signup goes on, and this page
          comes back by itself.
        </Alert>
      )}
      {status && (
        <>
          <Paper withBorder p="lg" mt="md">
            <Text mb="md" size="lg" role="status" aria-live="polite">
              {status.message}
            </Text>
            <NextAction status={status} />
          </Paper>
          {status.next !== 'nothing' && <StepList status={status} heardAtMs={heardAtMs} live={live} />}
        </>
      )}
    </Container>
  );
}

const titles = {
  pay: 'Next: your card',
  verify_email: 'Next: your code',
  wait: 'We are setting up your workspace',
  log_in: 'Your workspace is ready',
  contact_support: 'This needs a closer look',
  start_again: 'This signup has ended',
  nothing: 'This account is closed',
} as const;
