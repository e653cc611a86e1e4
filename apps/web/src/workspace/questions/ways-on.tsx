import { Anchor } from '@mantine/core';
import { Link } from 'react-router';

/** What one can do when a question was refused. */
export function WaysOn({ code }: { code: string }) {
  switch (code) {
    case 'quota_queries_exceeded':
      return (
        <>
          See when the next month begins under{' '}
          <Anchor component={Link} to="/app/usage">
            usage
          </Anchor>
          , or take a larger plan under{' '}
          <Anchor component={Link} to="/app/billing">
            billing
          </Anchor>
          .
        </>
      );
    case 'tenant_not_active':
    case 'workspace_not_open':
      return (
        <>
          A payment may be missing: look under{' '}
          <Anchor component={Link} to="/app/billing">
            billing
          </Anchor>
          . Your documents are safe.
        </>
      );
    default:
      return 'It was not counted, and your words are still above.';
  }
}
