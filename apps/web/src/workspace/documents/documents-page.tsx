import { Button, EmptyState, Group, Modal, Stack, Table, Text } from '@mantine/core';
import { useState } from 'react';
import { asProblem } from '../../api/problem';
import { ProblemNote } from '../../feedback/problem-note';
import { WideTable } from '../../layout/wide-table';
import { Loaded, View } from '../view';
import { DocumentState } from './document-state';
import { DropZone } from './drop-zone';
import type { Document } from './upload';
import { useDeleteDocument, useDocuments, useUpload } from './use-documents';

export function DocumentsPage() {
  const documents = useDocuments();
  const { send, sending, refused } = useUpload<Document>('/v1/documents');
  const [doomed, setDoomed] = useState<Document | null>(null);
  return (
    <View title="Documents" about="What your answers come from. Each is read once and then ready to be asked about.">
      <Stack>
        {refused.map(({ id, name, problem }) => (
          <ProblemNote
            key={id}
            problem={problem}
            again={`Should ${name} not be listed below, add it again in a moment.`}
          >
            {!problem.passing && `${name} does not count; any other document works.`}
          </ProblemNote>
        ))}
        <DropZone onFiles={send} />
        {sending.length > 0 && (
          <Text size="sm" role="status">
            On the way: {sending.join(', ')}
          </Text>
        )}
        <Loaded query={documents}>
          {({ documents: list, next_after: more }) =>
            list.length === 0 ? (
              <EmptyState
                title="No document of yours yet"
                description="Add the first one above. Until then, answers come from the three samples."
              />
            ) : (
              <>
                <DocumentTable documents={list} onDelete={setDoomed} />
                {more !== null && <Text size="sm">These are the newest 100; the API lists all of them.</Text>}
              </>
            )
          }
        </Loaded>
      </Stack>
      <DeleteDocument document={doomed} onClose={() => setDoomed(null)} />
    </View>
  );
}

function DocumentTable({ documents, onDelete }: { documents: Document[]; onDelete: (document: Document) => void }) {
  return (
    <WideTable label="Documents" head={['Title', 'State', 'Added', 'Act']}>
      {documents.map((document) => (
        <Table.Tr key={document.document_id}>
          <Table.Td style={{ overflowWrap: 'anywhere' }}>{document.title}</Table.Td>
          <Table.Td>
            <DocumentState document={document} />
          </Table.Td>
          <Table.Td>{new Date(document.uploaded_at).toLocaleDateString()}</Table.Td>
          <Table.Td>
            <Button
              variant="default"
              size="compact-sm"
              onClick={() => onDelete(document)}
              aria-label={`Delete ${document.title}`}
            >
              Delete
            </Button>
          </Table.Td>
        </Table.Tr>
      ))}
    </WideTable>
  );
}

function DeleteDocument({ document, onClose }: { document: Document | null; onClose: () => void }) {
  const remove = useDeleteDocument();
  const close = () => {
    onClose();
    // What was said of this one does not stand over the next.
    remove.reset();
  };
  return (
    <Modal opened={document !== null} onClose={close} title="Delete this document?">
      <Stack>
        {remove.error && <ProblemNote problem={asProblem(remove.error)} />}
        <Text>
          {document?.title} is removed with everything made of it. Answers no longer come from it. This cannot be
          undone.
        </Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            Keep it
          </Button>
          <Button
            color="red.9"
            loading={remove.isPending}
            onClick={() => document && remove.mutate(document.document_id, { onSuccess: close })}
          >
            Delete
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
