import type { TenantStatusResponse } from '@latchkey/contracts';

export type Mark = 'done' | 'now' | 'open' | 'failed';

/** Colours with enough contrast to the white sign in them. */
export const markOf: Record<Exclude<Mark, 'now'>, { colour: string; sign: string }> = {
  done: { colour: 'teal.9', sign: '✓' },
  open: { colour: 'gray.7', sign: '·' },
  failed: { colour: 'red.9', sign: '×' },
};

interface Stage {
  name: 'email' | 'card' | 'workspace' | 'answer';
  title: string;
  mark: Mark;
  /** What this step is, for somebody who has it before them. */
  next: string;
}

/** The four things between a stranger and a first answer, each with what the services say of it. */
export function stagesOf({ email_verified: verified, paid, status }: TenantStatusResponse): Stage[] {
  const ready = status === 'active' || status === 'suspended';
  const workspace = ready
    ? 'done'
    : status === 'provisioning_failed'
      ? 'failed'
      : status === 'provisioning'
        ? 'now'
        : 'open';
  return [
    {
      name: 'email',
      title: 'Email confirmed',
      mark: verified ? 'done' : 'open',
      next: 'You type the six digits that we mailed you.',
    },
    {
      name: 'card',
      title: 'Card added, trial begun',
      mark: paid ? 'done' : 'open',
      next: 'On our payment partner’s page. Nothing is charged before the trial ends.',
    },
    {
      name: 'workspace',
      title: 'Workspace set up',
      mark: workspace,
      next: 'We load sample documents, check that a question finds them, and open your workspace: usually a few seconds.',
    },
    {
      name: 'answer',
      title: 'First answer',
      mark: 'open',
      next: ready
        ? 'Log in: the sample question is one click away, then add a document of yours.'
        : 'You log in and ask the sample question, with one click.',
    },
  ];
}
