import type { EventContract, EventData } from '@latchkey/contracts';

/** What a tenant reached: when, and the event that proves it. */
export interface Milestone {
  at: string;
  event: string;
  /** Facts of that event worth asking for later, such as the plan. */
  facts?: Record<string, string | number | boolean>;
}

/** Which events mean that a milestone is reached, and which of several counts. */
export interface MilestoneRule<Name extends string = string> {
  name: Name;
  types: readonly string[];
  keep: 'first' | 'last';
  /** Undefined when this event does not count; else the name, which may carry a reason, as in `question_failed:openai`. */
  reachedBy: (data: unknown) => string | undefined;
  factsOf: (data: unknown) => Milestone['facts'];
}

interface Options<Event extends EventContract> {
  /** Left out: every such event counts. */
  when?: (data: EventData<Event>) => boolean;
  /** `last` for "most recently"; left out, the first one counts. */
  keep?: 'first' | 'last';
  /** Splits the milestone by reason, each with its own first time. */
  reason?: (data: EventData<Event>) => string;
  facts?: (data: EventData<Event>) => Milestone['facts'];
}

const reasonLengthMax = 64;

/** Data is what the contract allowed when the event was recorded (the room parses it), hence the casts in here. */
export function milestone<Event extends EventContract, Name extends string>(
  name: Name,
  on: Event | readonly Event[],
  { when, keep = 'first', reason, facts }: Options<Event> = {},
): MilestoneRule<Name> {
  const events = [on].flat() as readonly Event[];
  return {
    name,
    types: events.map((event) => event.type),
    keep,
    reachedBy: (data) => {
      if (when?.(data as EventData<Event>) === false) return undefined;
      return reason ? `${name}:${reason(data as EventData<Event>).slice(0, reasonLengthMax)}` : name;
    },
    factsOf: (data) => facts?.(data as EventData<Event>),
  };
}
