import { appendFileSync } from 'node:fs';

/**
 * Writes a line of JSON per spec file into the file that TEST_REPORT names: `{path, seconds, failures}`. `npm test` runs many Jests side by
 * side and prints, at its end, what failed and what took longest: the end is all that is kept of a long log.
 */
export default class Report {
  onTestFileResult(_test, result) {
    const { testFilePath: path, perfStats, testResults, testExecError } = result;
    const failures = testResults
      .filter(({ status }) => status === 'failed')
      .map(({ fullName, failureMessages }) => ({ name: fullName, why: firstLines(failureMessages.join('\n')) }));
    if (testExecError) failures.push({ name: 'the file itself', why: firstLines(String(testExecError.message)) });
    const seconds = (perfStats.end - perfStats.start) / 1000;
    appendFileSync(process.env.TEST_REPORT, `${JSON.stringify({ path, seconds, failures })}\n`);
  }
}

function firstLines(text) {
  // Jest colours what it expected even where nobody looks at a screen.
  return text
    .replace(/\u001b\[\d+m/g, '')
    .split('\n')
    .slice(0, 12)
    .join('\n')
    .slice(0, 1_500);
}
