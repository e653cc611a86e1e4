import { Button, Container, Group, List, SimpleGrid, Text, Title } from '@mantine/core';
import { Link } from 'react-router';
import { offer } from '../offer';
import { PlanCard } from './plan-card';

export function LandingPage() {
  return (
    <Container size="lg" py="xl">
      <title>Latchkey · Ask your documents</title>
      <Title order={1} fz={{ base: 34, sm: 48 }} maw={720}>
        Ask your documents. See where every answer comes from.
      </Title>
      <Text size="xl" c="dimmed" mt="md" maw={640}>
        Upload a PDF, a Word file or plain text, ask in your own words, and get an answer with the passage it is taken
        from. Ready about five minutes from now.
      </Text>
      <Group mt="xl">
        <Button component={Link} to="/signup" size="lg">
          Start free for {offer.trial_days} days
        </Button>
        <Button component="a" href="#plans" size="lg" variant="default">
          See the plans
        </Button>
      </Group>
      <Title order={2} mt={64} mb="md">
        What happens next
      </Title>
      <List type="ordered" spacing="xs" size="lg">
        <List.Item>You sign up and type the six digits we mail you.</List.Item>
        <List.Item>
          You add a card. Nothing is charged for {offer.trial_days} days, and you can cancel any time.
        </List.Item>
        <List.Item>We set up your workspace, usually in a few seconds. You see each step.</List.Item>
        <List.Item>You ask the sample question, add a document of your own, and ask about it.</List.Item>
      </List>
      <Title order={2} mt={64} mb="md" id="plans">
        Plans
      </Title>
      <SimpleGrid cols={{ base: 1, sm: 3 }}>
        {offer.plans.map((plan) => (
          <PlanCard key={plan.name} plan={plan} />
        ))}
      </SimpleGrid>
    </Container>
  );
}
