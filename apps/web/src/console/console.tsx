import { Container, Text, Title } from '@mantine/core';

/** The operators' pages have this address; they are loaded only by those who go there. */
export function Console() {
  return (
    <Container py="xl" component="main">
      <title>Console · Latchkey</title>
      <Title>Operator console</Title>
      <Text>It is being built. Until then: npm run doctor, npm run dead-letters.</Text>
    </Container>
  );
}
