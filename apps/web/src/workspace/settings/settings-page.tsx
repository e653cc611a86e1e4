import { Anchor, Badge, Group, Paper, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { answer, signup, workspace } from '../../api/client';
import { offer } from '../../offer';
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
    <View
      title="Settings"
      about="How your workspace works. Nothing here needs to be set: the defaults fit nearly everybody."
    >
      <Stack gap="lg">
        <Loaded query={settings}>
          {({ plan, limits, features_enabled: features }) => (
            <Room
              title="What your plan includes"
              aside={<Badge variant="outline" c="inherit" tt="none" children={titleOf(plan)} />}
            >
              <SimpleGrid cols={{ base: 2, sm: 4 }} spacing="md">
                <Limit value={limits.documents_max} name="documents" />
                <Limit value={limits.queries_per_month_max} name="questions a month" />
                <Limit value={limits.queries_per_minute_max} name="questions a minute" />
                <Limit value={limits.api_keys_max} name="API keys" />
              </SimpleGrid>
              <Group gap="xs" mt="md" aria-label="Features">
                {features.map((feature) => (
                  <Badge key={feature} variant="outline" color="gray" c="inherit" tt="none" fw={500}>
                    {feature.replaceAll('_', ' ')}
                  </Badge>
                ))}
              </Group>
              <Text size="sm" mt="md">
                Is it getting tight? See your{' '}
                <Anchor component={Link} to="/app/usage">
                  usage
                </Anchor>
                , or{' '}
                <Anchor component={Link} to="/app/billing">
                  change the plan
                </Anchor>
                .
              </Text>
            </Room>
          )}
        </Loaded>
        <Loaded query={advanced}>
          {({ chunking, embedding_model: embedding }) => (
            <Room title="How documents are read">
              <Facts
                facts={[
                  { label: 'Cutting into passages', value: `${chunking.current}. ${chunking.description}.` },
                  { label: 'Search model', value: `${embedding.current}. ${embedding.description}.` },
                ]}
              />
            </Room>
          )}
        </Loaded>
        {settings.data && (
          <Room title="How answers are written">
            <Facts
              facts={[
                { label: 'Model', value: settings.data.models.chat },
                { label: 'Sources', value: 'Only your documents and the samples; every answer names its passages.' },
              ]}
            />
          </Room>
        )}
        <Text size="sm" c="dimmed">
          Do you need another setting? Write to{' '}
          <Anchor href={`mailto:${offer.support_email}?subject=Settings`}>{offer.support_email}</Anchor>.
        </Text>
      </Stack>
    </View>
  );
}

function Room({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <Paper component="section" withBorder p="lg" aria-label={title}>
      <Group justify="space-between" mb="md">
        <Title order={2} size="h4">
          {title}
        </Title>
        {aside}
      </Group>
      {children}
    </Paper>
  );
}

function Limit({ value, name }: { value: number; name: string }) {
  return (
    <div>
      <Text fz={26} fw={700} lh={1.2}>
        {number.format(value)}
      </Text>
      <Text size="sm" c="dimmed">
        {name}
      </Text>
    </div>
  );
}

const titleOf = (plan: string): string => offer.plans.find(({ name }) => name === plan)?.title ?? plan;
