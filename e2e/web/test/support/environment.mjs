import { TestEnvironment } from 'jest-environment-node';

/** When a test fails, its error also says what the open pages showed: a log is all that is left of a run elsewhere. */
export default class WebEnvironment extends TestEnvironment {
  async handleTestEvent({ name, error }) {
    if ((name !== 'test_fn_failure' && name !== 'hook_failure') || error?.stack === undefined) return;
    const seen = await Promise.all([...(this.global.openPages ?? [])].map(describePage));
    const report = seen.filter(Boolean).join('\n');
    if (!report) return;
    error.stack = `${report}\n${error.stack}`;
  }
}

async function describePage(page) {
  if (page.isClosed()) return '';
  const text = await page
    .locator('body')
    .innerText({ timeout: 2_000 })
    .catch((problem) => `cannot be read: ${problem.message.split('\n')[0]}`);
  return `${page.url()} showed: ${text.replace(/\s+/g, ' ').slice(0, 800)}`;
}
