import { useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import type { Answered } from '../../answers/answered';
import { asProblem, type ProblemError } from '../../api/problem';
import { askStreaming } from './ask-streaming';

/** Older answers leave the page: it must not grow without end. */
const answersMax = 30;

export function useAsk() {
  const client = useQueryClient();
  const [answers, setAnswers] = useState<(Answered & { id: number })[]>([]);
  const [current, setCurrent] = useState<Answered | null>(null);
  const [problem, setProblem] = useState<ProblemError | null>(null);
  const count = useRef(0);
  const ask = async (question: string): Promise<boolean> => {
    setProblem(null);
    setCurrent({ question, answer: '', sources: [] });
    try {
      const answered = await askStreaming(question, setCurrent);
      setAnswers((last) => [{ ...answered, id: ++count.current }, ...last].slice(0, answersMax));
      return true;
    } catch (error) {
      setProblem(asProblem(error));
      return false;
    } finally {
      setCurrent(null);
      void client.invalidateQueries({ queryKey: ['usage'] });
    }
  };
  return { ask, answers, current, problem };
}
