import { Anchor, Code, Container, List, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link, useParams } from 'react-router';
import { NotFoundPage } from '../feedback/not-found-page';
import { Example } from './example';

/** The guides that the welcome mail links to (S4.3). Short on purpose: a newcomer reads them between two steps. */
export function GuidesPage() {
  const { guide } = useParams();
  if (guide === undefined)
    return (
      <Page title="Guides">
        <List spacing="xs">
          {Object.entries(guides).map(([name, { title, about }]) => (
            <List.Item key={name}>
              <Anchor component={Link} to={`/docs/${name}`}>
                {title}
              </Anchor>
              : {about}
            </List.Item>
          ))}
        </List>
      </Page>
    );
  const found = Object.hasOwn(guides, guide) ? guides[guide as keyof typeof guides] : undefined;
  if (!found) return <NotFoundPage />;
  return (
    <Page title={found.title}>
      {found.text}
      <Text mt="lg">
        <Anchor component={Link} to="/docs">
          All guides
        </Anchor>
      </Text>
    </Page>
  );
}

function Page({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Container size="sm" py="xl">
      <title>{`${title} · Latchkey`}</title>
      <Title order={1} mb="md">
        {title}
      </Title>
      {children}
    </Container>
  );
}

const origin = location.origin;

const guides = {
  quickstart: {
    title: 'Quick start',
    about: 'from the log-in to the first answer.',
    text: (
      <List type="ordered" spacing="sm">
        <List.Item>
          <Anchor component={Link} to="/login">
            Log in
          </Anchor>
          . The setup greets you: three steps, about two minutes.
        </List.Item>
        <List.Item>Ask the sample question. The answer shows the passage it comes from.</List.Item>
        <List.Item>Add a document: PDF, TXT, MD, DOCX or HTML, up to 10 MB. You see it being read.</List.Item>
        <List.Item>Ask about it. When your documents do not hold the answer, it says so instead of guessing.</List.Item>
      </List>
    ),
  },
  api: {
    title: 'The API',
    about: 'keys, routes and errors.',
    text: (
      <>
        <Text mb="sm">
          Your first key waits under{' '}
          <Anchor component={Link} to="/app/keys">
            API keys
          </Anchor>
          . It is shown once; a lost key is replaced, not shown again. Send it with every request:
        </Text>
        <Example text={`Authorization: Bearer sk_live_...`} />
        <Text my="sm">
          Every route with its shapes: <Anchor href="/openapi.json">/openapi.json</Anchor>. Errors are{' '}
          <Code>application/problem+json</Code> with a stable <Code>code</Code>, and <Code>retry_after</Code> where
          waiting helps.
        </Text>
      </>
    ),
  },
  examples: {
    title: 'Examples',
    about: 'three lines to copy.',
    text: (
      <>
        <Text>Ask:</Text>
        <Example
          text={`curl ${origin}/v1/query -H "Authorization: Bearer $KEY" -H "content-type: application/json" -d '{"query":"How many days of leave do we have?"}'`}
        />
        <Text mt="sm">Add a document:</Text>
        <Example text={`curl ${origin}/v1/documents -H "Authorization: Bearer $KEY" -F file=@policy.docx`} />
        <Text mt="sm">What is left this month:</Text>
        <Example text={`curl ${origin}/v1/usage -H "Authorization: Bearer $KEY"`} />
      </>
    ),
  },
} as const;
