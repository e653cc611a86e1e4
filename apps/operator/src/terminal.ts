import { createInterface } from 'node:readline/promises';
import { CannotGoOn, Refused } from './system.js';

/** Columns as wide as their longest cell; the last one takes what it needs. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells.map((cell, column) => (column === cells.length - 1 ? cell : cell.padEnd(widths[column]!))).join('  ');
  return [line(head), ...rows.map(line)].join('\n');
}

export const print = (text: string): void => void process.stdout.write(`${text}\n`);

/** Asks at a terminal; elsewhere nobody can answer, so `--yes` must have been given. */
export async function mustConfirm(question: string, yes: boolean): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY) throw new CannotGoOn(`${question} Say --yes to do it without being asked.`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`${question} [y/N] `).finally(() => terminal.close());
  if (!/^y(es)?$/i.test(answer.trim())) throw new CannotGoOn('Nothing was done.');
}

/** Runs a program: its result is the exit code, 2 means that it could not even begin or was refused. */
export async function runProgram(main: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await main();
  } catch (error) {
    if (!(error instanceof CannotGoOn || error instanceof Refused)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
  }
}
