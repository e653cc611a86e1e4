/** One numbered passage of the prompt, as the workspace service sends it. */
export interface Passage {
  readonly number: number;
  readonly title: string;
  readonly text: string;
}

export interface GroundedQuestion {
  readonly question: string;
  readonly passages: readonly Passage[];
}

/**
 * Reads the question and its numbered passages out of a user message (`Passages:`, `[1] title`, text, `Question:`).
 * Tolerant: a missing heading, `Context:` for `Passages:`, text on the title's line and Windows line ends are all fine.
 * Answers undefined when the message carries no numbered passage at all: then it is an ordinary chat.
 */
export function readGroundedQuestion(message: string): GroundedQuestion | undefined {
  const text = message.replace(/\r\n?/g, '\n');
  // The last `Question:` is the customer's own: a passage may hold the word as well.
  const questionAt = [...text.matchAll(/^[ \t]*question[ \t]*:/gim)].at(-1);
  if (questionAt === undefined) return undefined;
  const question = text.slice(questionAt.index + questionAt[0].length).trim();
  const context = text.slice(0, questionAt.index);

  const marks = [...context.matchAll(/^[ \t]*\[(\d{1,3})\][ \t]*/gm)];
  const passages = marks.flatMap((mark, i): Passage[] => {
    const body = context.slice(mark.index + mark[0].length, marks[i + 1]?.index ?? context.length).trim();
    if (body === '') return [];
    const lineEnd = body.indexOf('\n');
    const title = lineEnd < 0 ? '' : body.slice(0, lineEnd).trim();
    return [{ number: Number(mark[1]), title, text: lineEnd < 0 ? body : body.slice(lineEnd + 1).trim() }];
  });
  const empty = /^[ \t]*(?:passages|context)[ \t]*:/im.test(context);
  return passages.length === 0 && !empty ? undefined : { question, passages };
}
