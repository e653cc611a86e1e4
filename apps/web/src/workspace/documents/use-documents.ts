import { useMutation, useMutationState, useQuery, useQueryClient } from '@tanstack/react-query';
import { answer, workspace } from '../../api/client';
import { asProblem, type ProblemError } from '../../api/problem';
import { upload, type Document } from './upload';

const key = ['documents'];
const uploading = ['upload'];
/** While a document is being sent or read, its owner watches. */
const watchMs = 700;
const lookAgainMs = 3_000;

export function useDocuments() {
  const client = useQueryClient();
  return useQuery({
    queryKey: key,
    queryFn: () => answer(workspace.GET('/v1/documents', { params: { query: { limit: 100 } } })),
    refetchInterval: ({ state }) => {
      if (state.error && asProblem(state.error).passing) return lookAgainMs;
      // A document is listed before the answer to its upload is there.
      const isSending = client.isMutating({ mutationKey: uploading }) > 0;
      return isSending || state.data?.documents.some(isUnderWay) ? watchMs : false;
    },
  });
}

export function isUnderWay({ state }: Pick<Document, 'state'>): boolean {
  return state !== 'indexed' && state !== 'rejected';
}

/**
 * Sends documents to `path` one after the other, in the order given, however many are given while others are on their
 * way. They are sent on when the page is left for another one of ours; `refused` says which were not taken, and why.
 */
export function useUpload<Answer>(path: string) {
  const client = useQueryClient();
  const { mutate, isPending } = useMutation({
    mutationKey: uploading,
    scope: { id: 'upload' },
    mutationFn: (file: File) => upload<Answer>(path, file),
    onMutate: () => void client.invalidateQueries({ queryKey: key }),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: key });
      void client.invalidateQueries({ queryKey: ['usage'] });
    },
  });
  const sending = useMutationState({
    filters: { mutationKey: uploading, status: 'pending' },
    select: ({ state }) => (state.variables as File).name,
  });
  const refused = useMutationState({
    filters: { mutationKey: uploading, status: 'error' },
    select: ({ mutationId, state }): Refused => ({
      id: mutationId,
      name: (state.variables as File).name,
      problem: asProblem(state.error),
    }),
  });
  /** What was refused before is not said again. */
  const send = (files: File[]) => {
    const cache = client.getMutationCache();
    for (const mutation of cache.findAll({ mutationKey: uploading, status: 'error' })) cache.remove(mutation);
    for (const file of files) mutate(file);
  };
  return { send, sending, refused, isPending };
}

interface Refused {
  id: number;
  name: string;
  problem: ProblemError;
}

export function useDeleteDocument() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (documentId: string) =>
      answer(workspace.DELETE('/v1/documents/{document_id}', { params: { path: { document_id: documentId } } })),
    onSettled: () => client.invalidateQueries({ queryKey: key }),
  });
}
