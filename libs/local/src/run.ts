import { execFile } from 'node:child_process';

export interface RunOptions {
  timeoutMs: number;
  cwd?: string;
}

/** Runs a program to its end and answers its standard output; a failure is an Error with the last line it complained with. */
export async function run(program: string, args: string[], { timeoutMs, cwd }: RunOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { timeout: timeoutMs, cwd, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      const complaint = stderr.trim().split('\n').at(-1) ?? '';
      const reason = error.killed ? `took longer than ${timeoutMs / 1000} s` : complaint || error.message;
      reject(new Error(`${program} failed: ${reason}`, { cause: error }));
    });
  });
}
