import type { Source } from '@latchkey/contracts';
import { Mark, Text } from '@mantine/core';

/** A passage with the sentences marked that the answer rests on; where the service names none, it is all of it. */
export function Passage({ passage, highlights }: Pick<Source, 'passage' | 'highlights'>) {
  const marks = highlights.length > 0 ? highlights : [{ start: 0, end: passage.length }];
  let at = 0;
  return (
    <Text style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
      {marks.map(({ start, end }) => {
        const before = passage.slice(at, start);
        at = end;
        return (
          <span key={start}>
            {before}
            <Mark>{passage.slice(start, end)}</Mark>
          </span>
        );
      })}
      {passage.slice(at)}
    </Text>
  );
}
