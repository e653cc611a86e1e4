import { Injectable } from '@nestjs/common';
import type { Bus } from './bus.js';

/** Unstored messages that tell a waiting screen to look again; they may be missed and never decide anything. */
@Injectable()
export class Hints {
  constructor(private readonly bus: Bus) {}

  publish(subject: string, data: object = {}): void {
    this.bus.publishHint(subject, JSON.stringify(data));
  }

  /** Calls back for each hint until the returned function is called. With NATS away it starts when NATS is there. */
  subscribe(subject: string, listener: (data: unknown, subject: string) => void): () => void {
    let stopped = false;
    let unsubscribe = () => {};
    void this.bus.ready.then((connection) => {
      if (stopped) return;
      const subscription = connection.subscribe(subject, {
        callback: (error, message) => {
          if (error) return;
          try {
            listener(JSON.parse(message.string() || '{}'), message.subject);
          } catch {
            // A hint nobody can read is a missed hint.
          }
        },
      });
      unsubscribe = () => subscription.unsubscribe();
    });
    return () => {
      stopped = true;
      unsubscribe();
    };
  }
}
