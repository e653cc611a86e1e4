import type { UploadFirstDocumentResponse } from '@latchkey/contracts';
import { Button, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { z } from 'zod';
import { asProblem } from '../api/problem';
import { ProblemNote } from '../feedback/problem-note';
import { DocumentState } from '../workspace/documents/document-state';
import { DropZone } from '../workspace/documents/drop-zone';
import { upload } from '../workspace/documents/upload';
import { useDocuments } from '../workspace/documents/use-documents';
import type { StepProps } from './step-props';

type Sent = z.infer<typeof UploadFirstDocumentResponse>;
const watchMs = 400;

export function UploadFirst({ onSent, onNext }: StepProps & { onSent: () => void }) {
  const client = useQueryClient();
  const documents = useDocuments();
  const send = useMutation({
    mutationFn: (file: File) => upload<Sent>('/api/onboarding/setup-wizard/upload-document', file),
    onMutate: () => {
      onSent();
      const timer = setInterval(() => void client.invalidateQueries({ queryKey: ['documents'] }), watchMs);
      return { stop: () => clearInterval(timer) };
    },
    onSettled: (_data, _error, _file, watching) => {
      watching?.stop();
      void client.invalidateQueries({ queryKey: ['documents'] });
    },
  });
  const newest = documents.data?.documents[0];
  const ready = newest?.state === 'indexed';
  return (
    <Stack mt="md">
      <Text>Add something you know well, a handbook or a price list: then you can judge the answer.</Text>
      {send.error && (
        <ProblemNote problem={asProblem(send.error)}>Another document works as well; nothing was counted.</ProblemNote>
      )}
      {!ready && <DropZone onFile={(file) => send.mutate(file)} busy={send.isPending} />}
      {newest && newest.state !== 'rejected' && (
        <Stack gap="xs">
          <Text fw={600}>{newest.title}</Text>
          <DocumentState document={newest} />
        </Stack>
      )}
      {ready && (
        <Button onClick={onNext} size="md">
          Next: ask about it
        </Button>
      )}
    </Stack>
  );
}
