export interface ServerEvent {
  event: string;
  data: string;
}

/**
 * The events of an answer that comes as a stream. EventSource cannot send a body or a token, so it is read by hand; only
 * what our services send is understood: `event` and one-line `data`, comments between.
 */
export async function* serverSentEvents(response: Response): AsyncGenerator<ServerEvent> {
  if (!response.body) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let pending = '';
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const blocks = (pending + value).split('\n\n');
      pending = blocks.pop() ?? '';
      for (const block of blocks) {
        const event = /^event: ?(.*)$/m.exec(block)?.[1];
        const data = /^data: ?(.*)$/m.exec(block)?.[1];
        if (event !== undefined && data !== undefined) yield { event, data };
      }
    }
  } finally {
    // Whoever stops listening ends the answer; the service then counts what was used.
    await reader.cancel().catch(() => undefined);
  }
}
