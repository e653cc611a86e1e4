import { Anchor, Button, Paper, Stack, Text, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { Link } from 'react-router';
import { answer, signup } from '../../api/client';
import { asProblem } from '../../api/problem';
import { ProblemNote } from '../../feedback/problem-note';
import { View } from '../view';
import { DeleteAccount } from './delete-account';

export function AccountPage() {
  const exported = useMutation({
    mutationFn: () => answer(signup.GET('/api/tenant/export')),
    onSuccess: (data) => save(JSON.stringify(data, null, 2)),
  });
  return (
    <View title="Account" about="Your data is yours: take it with you, or have it erased.">
      <Stack>
        <Paper withBorder p="md">
          <Title order={2} size="h4">
            Take my data with me
          </Title>
          <Text my="sm">A file with everything we know of you and your account, to read and to hand on.</Text>
          {exported.error && <ProblemNote problem={asProblem(exported.error)} />}
          <Button variant="default" loading={exported.isPending} onClick={() => exported.mutate()}>
            Download my data
          </Button>
        </Paper>
        <DeleteAccount />
        <Text size="sm">
          Only want to stop paying? Cancel under{' '}
          <Anchor component={Link} to="/app/billing">
            billing
          </Anchor>{' '}
          and keep the account until the end of the month.
        </Text>
      </Stack>
    </View>
  );
}

function save(text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = 'latchkey-export.json';
  link.click();
  URL.revokeObjectURL(url);
}
