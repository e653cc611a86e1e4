import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { answer, workspace } from '../../api/client';

const key = ['keys'];

export function useKeys() {
  return useQuery({ queryKey: key, queryFn: () => answer(workspace.GET('/v1/api-keys')) });
}

/** Everything that can be done with a key. What brings a whole key back brings it once; it is kept by nobody but the page. */
export function useKeyActions(onShown: (shown: { name: string; key: string }) => void) {
  const client = useQueryClient();
  const onSettled = () => client.invalidateQueries({ queryKey: key });
  const onSuccess = ({ name, key: secret }: { name: string; key?: string | undefined }) =>
    secret !== undefined && onShown({ name, key: secret });
  const params = (keyId: string) => ({ params: { path: { key_id: keyId } } });
  return {
    issue: useMutation({
      mutationFn: (name: string) => answer(workspace.POST('/v1/api-keys', { body: { name } })),
      onSuccess,
      onSettled,
    }),
    reveal: useMutation({
      mutationFn: (keyId: string) => answer(workspace.POST('/v1/api-keys/{key_id}/reveal', params(keyId))),
      onSuccess,
      onSettled,
    }),
    rotate: useMutation({
      mutationFn: (keyId: string) => answer(workspace.POST('/v1/api-keys/{key_id}/rotate', params(keyId))),
      onSuccess,
      onSettled,
    }),
    revoke: useMutation({
      mutationFn: (keyId: string) => answer(workspace.DELETE('/v1/api-keys/{key_id}', params(keyId))),
      onSettled,
    }),
  };
}
