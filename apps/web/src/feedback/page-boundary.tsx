import { Anchor, Button, Container, Group, Text, Title } from '@mantine/core';
import { Component, type ReactNode } from 'react';
import { offer } from '../offer';

/**
 * The last net: a mistake of ours while drawing, or a page's file that cannot be fetched (a deployment has replaced it,
 * or the line is down). Never a blank page, never a stack trace.
 */
export class PageBoundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override componentDidCatch(): void {
    // A file that could not be fetched is there again when the gateway is: look until then, and reload.
    const timer = setInterval(() => {
      fetch('/health/live', { cache: 'no-store' }).then(
        (response) => {
          if (!response.ok || reloadedJustNow()) return;
          clearInterval(timer);
          location.reload();
        },
        () => undefined,
      );
    }, 2_000);
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    return (
      <Container size="sm" py="xl" component="main">
        <Title order={1} mb="md">
          This page could not be shown
        </Title>
        <Text mb="md" role="alert">
          Nothing of yours is lost. The page looks for itself every two seconds and comes back as soon as it can.
        </Text>
        <Group>
          <Button component="a" href="/">
            Back to the start
          </Button>
          <Anchor href={`mailto:${offer.support_email}`}>Write to us</Anchor>
        </Group>
      </Container>
    );
  }
}

/** A mistake that reloading does not heal must not become a flickering page: one reload a minute. */
function reloadedJustNow(): boolean {
  const last = Number(sessionStorage.getItem('reloaded_at') ?? 0);
  if (Date.now() - last < 60_000) return true;
  sessionStorage.setItem('reloaded_at', String(Date.now()));
  return false;
}
