import { AppShell, Badge, Burger, Button, Group, NavLink, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Suspense } from 'react';
import { Link, Outlet, useLocation } from 'react-router';
import { PageLoading } from '../feedback/page-loading';
import { Brand } from '../layout/brand';
import { ColorSchemeButton } from '../layout/color-scheme-button';
import { useOperator } from './console-session';
import { logOut } from './operator-api';

const pages = [
  ['/console', 'Funnel'],
  ['/console/stuck', 'Stuck customers'],
  ['/console/alerts', 'Alerts and tickets'],
  ['/console/find', 'Find a customer'],
  ['/console/runs', 'Provisioning'],
  ['/console/dead-letters', 'Dead letters'],
  ['/console/audit', 'Audit'],
] as const;

export function ConsoleLayout() {
  const [opened, { toggle, close }] = useDisclosure();
  const { pathname } = useLocation();
  const { email, role } = useOperator();
  const client = useQueryClient();
  const leave = useMutation({ mutationFn: logOut, onSuccess: () => client.resetQueries({ queryKey: ['console'] }) });
  return (
    <AppShell
      header={{ height: 60 }}
      navbar={{ width: 220, breakpoint: 'sm', collapsed: { mobile: !opened } }}
      padding="md"
    >
      <a className="skip-link" href="#main">
        Skip to the content
      </a>
      <AppShell.Header px="md">
        <Group h="100%" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger opened={opened} onClick={toggle} hiddenFrom="sm" size="sm" aria-label="Pages of the console" />
            <Brand to="/console" />
            <Badge variant="outline" visibleFrom="xs">
              Console
            </Badge>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <Text size="sm" visibleFrom="md">
              {email} ({role})
            </Text>
            <ColorSchemeButton />
            <Button variant="default" onClick={() => leave.mutate()} loading={leave.isPending}>
              Log out
            </Button>
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label="Console">
        {pages.map(([to, label]) => (
          <NavLink
            key={to}
            component={Link}
            to={to}
            label={label}
            active={pathname === to}
            aria-current={pathname === to ? 'page' : undefined}
            onClick={close}
          />
        ))}
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1}>
        <Suspense fallback={<PageLoading />}>
          <Outlet />
        </Suspense>
      </AppShell.Main>
    </AppShell>
  );
}
