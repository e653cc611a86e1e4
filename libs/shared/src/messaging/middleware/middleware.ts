import type { Fact, RawMessage } from '../fact.js';

/** One try at one message on its way through the room. `fact` exists from the parse step on. */
export interface Delivery {
  readonly service: string;
  readonly message: RawMessage;
  readonly tries: number;
  fact?: Fact;
  /** Belongs into the commit, before everything else: what settles the dead letter this try is made for. */
  readonly inCommit?: () => Promise<void>;
  /** Set when the inbox knew the event already. */
  repeated?: boolean;
}

export type Middleware = (delivery: Delivery, next: () => Promise<void>) => Promise<void>;

/** Chains the steps; the last one calls the handler. */
export function compose(
  steps: Middleware[],
  handler: (delivery: Delivery) => Promise<void>,
): (delivery: Delivery) => Promise<void> {
  return (delivery) => {
    const from = (index: number): Promise<void> =>
      index === steps.length ? handler(delivery) : steps[index]!(delivery, () => from(index + 1));
    return from(0);
  };
}

/** After the parse step the fact is there; before it, asking for it is a mistake in the order of steps. */
export function factOf(delivery: Delivery): Fact {
  if (!delivery.fact) throw new Error('The contract was not parsed yet.');
  return delivery.fact;
}
