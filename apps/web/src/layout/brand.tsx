import { Anchor, Group, Image, Text } from '@mantine/core';
import { Link } from 'react-router';

export function Brand({ to = '/' }: { to?: string }) {
  return (
    <Anchor component={Link} to={to} underline="never" c="inherit" aria-label="Latchkey, start">
      <Group gap="xs" wrap="nowrap">
        <Image src="/assets/key.svg" w={28} h={28} alt="" />
        <Text fw={700} size="lg" className="brand-name">
          Latchkey
        </Text>
      </Group>
    </Anchor>
  );
}
