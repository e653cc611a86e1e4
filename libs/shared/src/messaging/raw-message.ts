import type { JsMsg } from '@nats-io/jetstream';
import type { RawMessage } from './fact.js';

export function rawMessage(message: JsMsg): RawMessage {
  const headers: Record<string, string> = {};
  for (const [key] of message.headers ?? []) headers[key.toLowerCase()] = message.headers!.get(key);
  return {
    subject: message.subject,
    headers,
    body: message.string(),
    stream: message.info.stream,
    streamSeq: message.seq,
  };
}
