/** A line of a part's output as a person wants to read it. */
export interface LogLine {
  text: string;
  /** True for warnings and worse, and for whatever is not one of our JSON log lines (a stack trace, a crash of Node). */
  matters: boolean;
}

const names: Record<number, string> = { 40: 'warn', 50: 'error', 60: 'fatal' };

/** Reads pino's JSON (level, msg, err); anything else is taken as it is. */
export function readLogLine(line: string): LogLine {
  const entry = parse(line);
  if (!entry) return { text: line, matters: true };
  const level = typeof entry['level'] === 'number' ? entry['level'] : 30;
  const reason = (entry['err'] as { message?: string } | undefined)?.message;
  const said = typeof entry['msg'] === 'string' ? entry['msg'] : line;
  const text = reason && !said.includes(reason) ? `${said}: ${reason}` : said;
  return { text: names[level] ? `${names[level]}: ${text}` : text, matters: level >= 40 };
}

function parse(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
