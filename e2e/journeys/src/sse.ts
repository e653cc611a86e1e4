/** One event of a server-sent stream; comments (heartbeats) come as events without data. */
export interface ServerEvent {
  event: string;
  data: string | null;
}

/** An event longer than this is a broken stream. */
const eventLengthMax = 1_000_000;

/**
 * Turns the text of a stream, cut anywhere, into its events (WHATWG HTML, section 9.2.6). A block without `data` is told too,
 * because a heartbeat is how a listener knows that the line is alive.
 */
export class EventParser {
  private rest = '';

  push(text: string): ServerEvent[] {
    this.rest += text;
    // A CR at the very end may be the first half of a CRLF.
    const held = this.rest.endsWith('\r') ? '\r' : '';
    const blocks = (held ? this.rest.slice(0, -1) : this.rest).replace(/\r\n?/g, '\n').split('\n\n');
    this.rest = (blocks.pop() ?? '') + held;
    if (this.rest.length > eventLengthMax) throw new Error('The stream sends an event without an end.');
    return blocks.map(eventOf);
  }
}

function eventOf(block: string): ServerEvent {
  let event = 'message';
  const data: string[] = [];
  for (const line of block.split('\n')) {
    const [, field, value = ''] = /^([^:]+)(?::\x20?(.*))?$/.exec(line) ?? [];
    if (field === 'event') event = value;
    if (field === 'data') data.push(value);
  }
  return { event, data: data.length > 0 ? data.join('\n') : null };
}

/** The events of an open response, until it ends. `alive` is called for every sign of life. */
export async function* eventsOf(response: Response, alive: () => void): AsyncGenerator<ServerEvent> {
  const parser = new EventParser();
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    alive();
    for (const event of parser.push(decoder.decode(chunk as Uint8Array, { stream: true }))) yield event;
  }
}
