import { Anchor, Container, Text, Title } from '@mantine/core';
import { useParams } from 'react-router';
import { NotFoundPage } from '../feedback/not-found-page';
import { offer } from '../offer';

const titles = {
  terms: 'Terms of service',
  privacy: 'Privacy policy',
  'data-processing-agreement': 'Data processing agreement',
};

/** The addresses that signup and mails point to (S9). The texts are the operator's, and none is invented here. */
export function LegalPage() {
  const { text = '' } = useParams();
  if (!Object.hasOwn(titles, text)) return <NotFoundPage />;
  const title = titles[text as keyof typeof titles];
  return (
    <Container size="sm" py="xl">
      <title>{`${title} · Latchkey`}</title>
      <Title order={1} mb="md">
        {title}
      </Title>
      <Text mb="md">
        Whoever runs Latchkey puts their own text here (version {offer.terms_version}); this installation has none yet.
      </Text>
      <Text>
        Questions before you sign? <Anchor href={`mailto:${offer.support_email}`}>{offer.support_email}</Anchor>
      </Text>
    </Container>
  );
}
