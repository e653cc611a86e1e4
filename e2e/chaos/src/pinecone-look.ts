import pLimit from 'p-limit';

/** The ids of all vectors in each namespace; a namespace that does not exist holds none. */
export async function listVectors(
  url: string,
  apiKey: string,
  namespaces: Iterable<string>,
): Promise<Map<string, string[]>> {
  const limit = pLimit(8);
  const found = await limit.map([...namespaces], async (namespace): Promise<[string, string[]]> => {
    const ids: string[] = [];
    let token: string | undefined;
    do {
      const query = new URLSearchParams({ namespace, limit: '100', ...(token ? { paginationToken: token } : {}) });
      const response = await fetch(`${url}/vectors/list?${query}`, {
        headers: { 'api-key': apiKey, 'x-pinecone-api-version': '2026-04' },
        signal: AbortSignal.timeout(10_000),
      });
      if (response.status === 404) break;
      if (!response.ok) throw new Error(`Pinecone's list answered ${response.status}: ${await response.text()}`);
      const page = (await response.json()) as { vectors?: { id: string }[]; pagination?: { next?: string } };
      ids.push(...(page.vectors ?? []).map((vector) => vector.id));
      token = page.pagination?.next;
    } while (token);
    return [namespace, ids];
  });
  return new Map(found);
}
