import { Button, Code, CopyButton, Group } from '@mantine/core';

/** A line to copy. It wraps instead of scrolling, so that it can be read on a phone and with the keyboard. */
export function Example({ text }: { text: string }) {
  return (
    <Group align="flex-start" wrap="nowrap" gap="xs" my={4}>
      <Code block style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', flex: 1 }}>
        {text}
      </Code>
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <Button variant="default" size="compact-sm" onClick={copy}>
            {copied ? 'Copied' : 'Copy'}
          </Button>
        )}
      </CopyButton>
    </Group>
  );
}
