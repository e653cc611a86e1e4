import { Anchor, Button, Container, Divider, Group, Text } from '@mantine/core';
import { Suspense } from 'react';
import { Link, Outlet } from 'react-router';
import { PageLoading } from '../feedback/page-loading';
import { offer } from '../offer';
import { useSession } from '../session/use-session';
import { Brand } from './brand';
import { ColorSchemeButton } from './color-scheme-button';

/** Everything outside of the workspace: brand and ways in above, the legal texts below. */
export function PublicLayout() {
  const member = useSession().state === 'member';
  return (
    <>
      <a className="skip-link" href="#main">
        Skip to the content
      </a>
      <Container component="header" size="lg" py="sm">
        <Group justify="space-between" wrap="nowrap">
          <Brand />
          <Group gap="xs" wrap="nowrap" component="nav" aria-label="Main">
            <Anchor component={Link} to="/docs" visibleFrom="xs" px="xs">
              Guides
            </Anchor>
            <ColorSchemeButton />
            {member ? (
              <Button component={Link} to="/app" variant="default">
                My workspace
              </Button>
            ) : (
              <Button component={Link} to="/login" variant="default">
                Log in
              </Button>
            )}
          </Group>
        </Group>
      </Container>
      <Divider />
      <main id="main" tabIndex={-1} style={{ minHeight: '75vh', outline: 'none' }}>
        <Suspense fallback={<PageLoading />}>
          <Outlet />
        </Suspense>
      </main>
      <Divider />
      <Container component="footer" size="lg" py="lg">
        <Group justify="space-between">
          <Group gap="md">
            <Anchor component={Link} to="/legal/terms" size="sm">
              Terms
            </Anchor>
            <Anchor component={Link} to="/legal/privacy" size="sm">
              Privacy
            </Anchor>
            <Anchor component={Link} to="/docs" size="sm">
              Guides
            </Anchor>
            <Anchor href={`mailto:${offer.support_email}`} size="sm">
              {offer.support_email}
            </Anchor>
          </Group>
          {offer.sandbox_url !== null && (
            <Text size="sm" c="dimmed">
              Test installation: mails and cards are in the <Anchor href={offer.sandbox_url}>sandbox</Anchor>.
            </Text>
          )}
        </Group>
      </Container>
    </>
  );
}
