import { AppShell, Burger, Button, Group, NavLink } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { Link, useLocation } from 'react-router';
import { queryClient } from '../api/query-client';
import { Brand } from '../layout/brand';
import { ColorSchemeButton } from '../layout/color-scheme-button';
import { logOut } from '../session/session';

const places = [
  { to: '/app/questions', label: 'Questions' },
  { to: '/app/documents', label: 'Documents' },
  { to: '/app/keys', label: 'API keys' },
  { to: '/app/usage', label: 'Usage' },
  { to: '/app/billing', label: 'Billing' },
  { to: '/app/settings', label: 'Settings' },
  { to: '/app/account', label: 'Account' },
];

export function WorkspaceLayout({ children }: { children: ReactNode }) {
  const [open, { toggle, close }] = useDisclosure();
  const { pathname } = useLocation();
  const goOut = async () => {
    await logOut();
    // What this member saw must not be there for the next one at this machine.
    queryClient.clear();
  };
  return (
    <AppShell
      header={{ height: 60 }}
      navbar={{ width: 220, breakpoint: 'sm', collapsed: { mobile: !open } }}
      padding="md"
    >
      <AppShell.Header>
        <a className="skip-link" href="#main">
          Skip to the content
        </a>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group wrap="nowrap">
            <Burger
              opened={open}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={open ? 'Close the menu' : 'Open the menu'}
              aria-expanded={open}
            />
            <Brand to="/app" />
          </Group>
          <Group gap="xs" wrap="nowrap">
            <ColorSchemeButton />
            <Button variant="default" onClick={() => void goOut()}>
              Log out
            </Button>
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label="Workspace">
        {places.map(({ to, label }) => (
          <NavLink
            key={to}
            component={Link}
            to={to}
            label={label}
            active={pathname === to}
            aria-current={pathname === to ? 'page' : undefined}
            variant="filled"
            onClick={close}
          />
        ))}
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1}>
        {children}
      </AppShell.Main>
    </AppShell>
  );
}
