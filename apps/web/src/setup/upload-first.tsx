import type { UploadFirstDocumentResponse } from '@latchkey/contracts';
import { Button, Stack, Text } from '@mantine/core';
import type { z } from 'zod';
import { ProblemNote } from '../feedback/problem-note';
import { DocumentState } from '../workspace/documents/document-state';
import { DropZone } from '../workspace/documents/drop-zone';
import { useDocuments, useUpload } from '../workspace/documents/use-documents';
import type { StepProps } from './step-props';

type Sent = z.infer<typeof UploadFirstDocumentResponse>;

export function UploadFirst({ onSent, onNext }: StepProps & { onSent: () => void }) {
  const documents = useDocuments();
  const { send, refused, isPending } = useUpload<Sent>('/api/onboarding/setup-wizard/upload-document');
  const newest = documents.data?.documents[0];
  const ready = newest?.state === 'indexed';
  return (
    <Stack mt="md">
      <Text>Add something you know well, a handbook or a price list: then you can judge the answer.</Text>
      {refused.map(({ id, name, problem }) => (
        <ProblemNote key={id} problem={problem} again={`Should ${name} not be listed below, add it again in a moment.`}>
          {!problem.passing && 'Another document works as well; nothing was counted.'}
        </ProblemNote>
      ))}
      {!ready && (
        <DropZone
          onFiles={(files) => {
            onSent();
            send(files);
          }}
          single={{ busy: isPending }}
        />
      )}
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
