import { Anchor } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { ProblemError } from '../api/problem';
import { ProblemNote } from '../feedback/problem-note';
import { offer } from '../offer';

/** The service's own answer, with the ways on that fit it. */
export function SignupProblem({ problem, email }: { problem: ProblemError; email: string }) {
  // Each field says by itself what is wrong with it.
  if (problem.problem.code === 'invalid_request' && problem.problem.errors?.length)
    return <ProblemNote problem={problem} children="The marked fields say what is wrong." />;
  return <ProblemNote problem={problem}>{waysOn(problem.problem.code, email)}</ProblemNote>;
}

function waysOn(code: string, email: string): ReactNode {
  const write = <Anchor href={`mailto:${offer.support_email}`}>write to us</Anchor>;
  switch (code) {
    case 'email_already_registered':
      return (
        <>
          <Anchor component={Link} to="/login">
            Log in as {email}
          </Anchor>
          , or use another address. Password lost?{' '}
          <Anchor component={Link} to="/forgot-password">
            Choose a new one
          </Anchor>
          . Not you? Then {write}.
        </>
      );
    case 'signup_limit_reached':
      return (
        <>
          If one of them went through,{' '}
          <Anchor component={Link} to="/login">
            log in
          </Anchor>
          ; otherwise {write}.
        </>
      );
    case 'captcha_failed':
      return 'Please confirm once more below that you are a person.';
    default:
      return <>If it stays like this, {write}: we set it up for you.</>;
  }
}
