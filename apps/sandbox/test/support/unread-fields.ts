type Reads = Map<object, Set<string>>;

function recording(value: unknown, reads: Reads): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const seen = new Set<string>();
  reads.set(value, seen);
  const inner = new Map<string | symbol, unknown>();
  return new Proxy(value, {
    get(target, name, receiver) {
      if (typeof name === 'string') seen.add(name);
      if (!inner.has(name)) inner.set(name, recording(Reflect.get(target, name, receiver), reads));
      return inner.get(name);
    },
  });
}

function unread(value: unknown, reads: Reads, path: string): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const seen = reads.get(value);
  // Nobody looked inside (metadata is handed on as it is): then there is nothing to say about it.
  if (seen === undefined || seen.size === 0) return [];
  return Object.entries(value).flatMap(([name, child]) =>
    Array.isArray(value) || seen.has(name) ? unread(child, reads, `${path}.${name}`) : [`${path}.${name}`],
  );
}

/**
 * A `fetch` for an SDK that translates answers field by field: it notes which fields of an answer the SDK never looked
 * at. Such a field is a mistake of the sandbox, because the vendor's own client does not know it.
 */
export function fetchNotingUnread(): { fetchApi: typeof fetch; unreadFields: () => string[]; answers: () => number } {
  const answers: { path: string; body: unknown; reads: Reads }[] = [];
  class NotingResponse extends Response {
    constructor(
      private readonly bodyText: string,
      private readonly origin: Response,
    ) {
      super(bodyText, origin);
    }

    override readonly json = (): Promise<unknown> => {
      const body: unknown = JSON.parse(this.bodyText);
      const reads: Reads = new Map();
      answers.push({ path: new URL(this.origin.url).pathname, body, reads });
      return Promise.resolve(recording(body, reads));
    };

    /** The SDK hands a clone to its middleware and may go on with that. */
    override readonly clone = (): NotingResponse => new NotingResponse(this.bodyText, this.origin);
  }
  const fetchApi: typeof fetch = async (input, init) => {
    const origin = await fetch(input, init);
    return new NotingResponse(await origin.text(), origin);
  };
  return {
    fetchApi,
    unreadFields: () => answers.flatMap(({ path, body, reads }) => unread(body, reads, path)),
    answers: () => answers.length,
  };
}
