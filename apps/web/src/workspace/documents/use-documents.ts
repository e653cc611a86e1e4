import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { answer, workspace } from '../../api/client';
import { asProblem } from '../../api/problem';
import { upload, type Document } from './upload';

const key = ['documents'];
/** While a document is being read, its owner watches. */
const watchMs = 700;
const lookAgainMs = 3_000;

export function useDocuments() {
  return useQuery({
    queryKey: key,
    queryFn: () => answer(workspace.GET('/v1/documents', { params: { query: { limit: 100 } } })),
    refetchInterval: ({ state }) => {
      if (state.error && asProblem(state.error).passing) return lookAgainMs;
      return state.data?.documents.some(isUnderWay) ? watchMs : false;
    },
  });
}

export function isUnderWay({ state }: Pick<Document, 'state'>): boolean {
  return state !== 'indexed' && state !== 'rejected';
}

export function useUpload() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (file: File) => upload<Document>('/v1/documents', file),
    // The document is there before the answer is: show it as soon as it can be listed.
    onMutate: () => {
      const timer = setInterval(() => void client.invalidateQueries({ queryKey: key }), watchMs);
      return { stop: () => clearInterval(timer) };
    },
    onSettled: (_data, _error, _file, watching) => {
      watching?.stop();
      void client.invalidateQueries({ queryKey: key });
      void client.invalidateQueries({ queryKey: ['usage'] });
    },
  });
}

export function useDeleteDocument() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (documentId: string) =>
      answer(workspace.DELETE('/v1/documents/{document_id}', { params: { path: { document_id: documentId } } })),
    onSettled: () => client.invalidateQueries({ queryKey: key }),
  });
}
