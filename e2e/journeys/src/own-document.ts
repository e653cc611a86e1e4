/** A document of a stranger's own, the question about it, and the words only this stranger's document holds. */
export interface OwnDocument {
  filename: string;
  text: string;
  question: string;
  fact: string;
}

/** Each stranger's fact differs, so that an answer from somebody else's document would be seen. */
export function ownDocument(run: string, number: number): OwnDocument {
  const fact = `Q${run.toUpperCase()}N${number}`;
  return {
    filename: `warehouse-handbook-${number}.txt`,
    text: [
      'Warehouse handbook',
      '',
      `The storage code of the northern warehouse is ${fact} and must be written on every crate before it leaves.`,
      'Deliveries are accepted on weekdays between seven in the morning and four in the afternoon.',
      'Damaged goods go to the inspection desk, where a clerk decides about repair or return.',
    ].join('\n'),
    question: 'What is the storage code of the northern warehouse?',
    fact,
  };
}
