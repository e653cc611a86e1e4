import type { DocumentResponse } from '@latchkey/contracts';
import { problemFrom, unreachable } from '../../api/problem';
import { fetchWithSession } from '../../session/session';
import type { z } from 'zod';

export type Document = z.infer<typeof DocumentResponse>;

/** Sends one file, to the wizard's door or the product's. The answer comes when it is searchable or after some seconds. */
export async function upload<Answer>(path: string, file: File): Promise<Answer> {
  const body = new FormData();
  body.append('file', file);
  let response: Response;
  try {
    response = await fetchWithSession(new Request(path, { method: 'POST', body }));
  } catch {
    throw unreachable;
  }
  const answer: unknown = await response.json().catch(() => null);
  if (!response.ok) throw problemFrom(response.status, answer);
  return answer as Answer;
}

/** What the service takes; it looks into the bytes as well, and its word counts. */
export const uploadTypes = {
  'application/pdf': ['.pdf'],
  'text/plain': ['.txt'],
  'text/markdown': ['.md'],
  'text/html': ['.html', '.htm'],
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': ['.docx'],
};
export const uploadBytesMax = 10 * 1_024 * 1_024;
