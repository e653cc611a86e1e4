import { Container, Skeleton, Stack, VisuallyHidden } from '@mantine/core';

/** The shape of a page while its code or its first data are on the way; normally for a fraction of a second. */
export function PageLoading() {
  return (
    <Container py="xl" mih="70vh" aria-busy="true">
      <VisuallyHidden role="status">The page is loading.</VisuallyHidden>
      <Stack>
        <Skeleton height={36} width="50%" />
        <Skeleton height={18} />
        <Skeleton height={18} width="80%" />
        <Skeleton height={160} />
      </Stack>
    </Container>
  );
}
