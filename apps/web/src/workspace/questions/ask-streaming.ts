import type { QueryResponse, Source } from '@latchkey/contracts';
import type { Answered } from '../../answers/answered';
import { asProblem, problemFrom, unreachable } from '../../api/problem';
import { serverSentEvents } from '../../api/server-sent-events';
import { fetchWithSession } from '../../session/session';

/** Asks, and tells how the answer grows. Resolves with the last word, which may differ from what was shown. */
export async function askStreaming(query: string, onGrowth: (answered: Answered) => void): Promise<Answered> {
  const response = await fetchWithSession(
    new Request('/v1/query', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query, stream: true }),
    }),
  ).catch((error: unknown) => {
    throw asProblem(error);
  });
  if (!response.ok) throw problemFrom(response.status, await response.json().catch(() => null));
  let found: Source[] = [];
  let growing: Answered = { question: query, answer: '', sources: [] };
  try {
    for await (const { event, data } of serverSentEvents(response)) {
      const told: unknown = JSON.parse(data);
      if (event === 'error') throw problemFrom(0, told);
      if (event === 'sources') found = (told as { sources: Source[] }).sources;
      if (event === 'delta')
        onGrowth((growing = { ...growing, answer: growing.answer + (told as { text: string }).text }));
      if (event === 'citation') {
        const cited = found[(told as { source: number }).source];
        if (cited) onGrowth((growing = { ...growing, sources: [...growing.sources, cited] }));
      }
      if (event === 'done') {
        const { answer, sources } = told as QueryResponse;
        return { question: query, answer, sources };
      }
    }
  } catch (error) {
    throw asProblem(error);
  }
  // The stream ended without its last word: a part of the system went away.
  throw unreachable;
}
