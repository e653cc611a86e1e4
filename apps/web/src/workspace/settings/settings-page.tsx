import { List, Paper, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { answer, signup, workspace } from '../../api/client';
import { Facts } from '../facts';
import { Loaded, View } from '../view';

const number = new Intl.NumberFormat('en-US');

/** What nobody needs for the first answer (F2). Read-only until there is something to choose. */
export function SettingsPage() {
  const advanced = useQuery({
    queryKey: ['settings', 'advanced'],
    queryFn: () => answer(signup.GET('/api/settings/advanced')),
  });
  const settings = useQuery({ queryKey: ['settings'], queryFn: () => answer(workspace.GET('/v1/settings')) });
  return (
    <View title="Settings" about="How your workspace works. The defaults fit nearly everybody.">
      <Stack>
        <Loaded query={advanced}>
          {({ chunking, embedding_model: embedding }) => (
            <Paper withBorder p="md">
              <Title order={2} size="h4" mb="sm">
                Reading documents
              </Title>
              <Facts
                facts={[
                  { label: 'Cutting into passages', value: `${chunking.current}. ${chunking.description}.` },
                  { label: 'Search model', value: `${embedding.current}. ${embedding.description}.` },
                ]}
              />
            </Paper>
          )}
        </Loaded>
        <Loaded query={settings}>
          {({ models, limits, features_enabled: features }) => (
            <Paper withBorder p="md">
              <Title order={2} size="h4" mb="sm">
                What your plan includes
              </Title>
              <List>
                <List.Item>{number.format(limits.documents_max)} documents</List.Item>
                <List.Item>
                  {number.format(limits.queries_per_month_max)} questions a month, at most{' '}
                  {number.format(limits.queries_per_minute_max)} a minute
                </List.Item>
                <List.Item>{limits.api_keys_max} API keys</List.Item>
                <List.Item>Answers written by {models.chat}</List.Item>
                <List.Item>Features: {features.map((feature) => feature.replaceAll('_', ' ')).join(', ')}</List.Item>
              </List>
            </Paper>
          )}
        </Loaded>
        <Text size="sm" c="dimmed">
          Nothing here needs to be set before you use the product.
        </Text>
      </Stack>
    </View>
  );
}
