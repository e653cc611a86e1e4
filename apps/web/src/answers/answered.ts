import type { Source } from '@latchkey/contracts';

/** What an answer card shows, from whichever route the answer came. */
export interface Answered {
  question: string;
  answer: string;
  sources: Source[];
}
