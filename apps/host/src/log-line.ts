/** A line of a part's output as a person wants to read it. */
export interface LogLine {
  text: string;
  /** True for warnings and worse, and for whatever is not one of our JSON log lines (a stack trace, a crash of Node). */
  matters: boolean;
}

const serious = ['warn', 'error', 'fatal'];
/** pino's numbers, for programs that do not write the names. */
const names: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
};

/** Reads a JSON log line (level, msg, err); anything else is taken as it is. */
export function readLogLine(line: string): LogLine {
  const entry = parse(line);
  // Of a stack trace the first line tells the story; the frames are in the file.
  if (!entry) return { text: line, matters: line.trim() !== '' && !/^\s+at /.test(line) };
  const level = typeof entry['level'] === 'number' ? names[entry['level']] : String(entry['level']);
  const reason = (entry['err'] as { message?: string } | undefined)?.message;
  const said = typeof entry['msg'] === 'string' ? entry['msg'] : line;
  const text = reason && !said.includes(reason) ? `${said.replace(/\.$/, '')}: ${reason}` : said;
  const matters = level !== undefined && serious.includes(level);
  return { text: matters ? `${level}: ${text}` : text, matters };
}

function parse(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
