/** What an answer card shows, from whichever route the answer came. */
export interface Answered {
  question: string;
  answer: string;
  sources: { document_id: string; title: string; passage: string; sample: boolean }[];
}
