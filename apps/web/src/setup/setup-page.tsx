import { Anchor, Container, Stepper, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { Link, Navigate } from 'react-router';
import { asProblem } from '../api/problem';
import { PageLoading } from '../feedback/page-loading';
import { Trouble } from '../feedback/trouble';
import { offer } from '../offer';
import { AskOwnDocument } from './ask-own-document';
import { AskSample } from './ask-sample';
import { SetupDone } from './setup-done';
import { UploadFirst } from './upload-first';
import { useWizard } from './use-wizard';

const stepOf = { run_sample_query: 0, upload_document: 1, query_your_document: 2, complete: 3 } as const;

/** The way to the first useful answer (S4.4, F2): three steps, each shows something. */
export function SetupPage() {
  const wizard = useWizard();
  const [shown, setShown] = useState<number | null>(null);
  const [working, setWorking] = useState(false);
  if (wizard.isPending) return <PageLoading />;
  if (!wizard.data)
    return (
      <Container size="sm" py="xl">
        <Title order={1} mb="md">
          Your first answer
        </Title>
        <Trouble problem={asProblem(wizard.error)} />
      </Container>
    );
  const reached = stepOf[wizard.data.next_step];
  // A finished step stays on screen until its reader goes on; nobody is pushed past an answer.
  const step = shown ?? reached;
  // Whoever finished it on an earlier day wants the workspace.
  if (step === 3 && !working) return <Navigate to="/app" replace />;
  const next = () => {
    setShown(null);
    void wizard.refetch();
  };
  const stay = (at: number) => () => {
    setWorking(true);
    setShown(at);
  };
  return (
    <Container size="sm" py="xl">
      <title>Set up · Latchkey</title>
      <Title order={1}>Your first answer, in three steps</Title>
      <Text c="dimmed" mt="xs" mb="lg">
        About two minutes. You can leave at any time: you go on here with the next log-in.
      </Text>
      <Stepper active={step} iconSize={36} size="sm" mb="lg" aria-label="Steps of the setup">
        <Stepper.Step label="Ask" description="a sample question">
          <AskSample onAsked={stay(0)} onNext={next} />
        </Stepper.Step>
        <Stepper.Step label="Add" description="a document of yours">
          <UploadFirst onSent={stay(1)} onNext={next} />
        </Stepper.Step>
        <Stepper.Step label="Ask" description="about it">
          <AskOwnDocument onAsked={stay(2)} onNext={next} />
        </Stepper.Step>
        <Stepper.Completed>
          <SetupDone />
        </Stepper.Completed>
      </Stepper>
      {step < 3 && (
        <Text size="sm" c="dimmed">
          Rather look around first?{' '}
          <Anchor component={Link} to="/app">
            Go to the workspace
          </Anchor>
          . Stuck? <Anchor href={`mailto:${offer.support_email}`}>Write to us</Anchor>, a person answers. Everything
          else can be set later under Settings.
        </Text>
      )}
    </Container>
  );
}
