import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The machine's own Chromium: downloading one belongs to nobody's test run. */
export function chromiumPath(): string {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const places = (process.env['PATH'] ?? '').split(delimiter).flatMap((dir) => names.map((name) => join(dir, name)));
  const given = process.env['CHROMIUM_PATH'];
  const found = (given ? [given] : places).find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  if (found) return found;
  throw new Error(
    given
      ? `CHROMIUM_PATH says ${given}, and no program is there.`
      : 'This needs Chromium: install it (apt-get install chromium), or say where it is with CHROMIUM_PATH.',
  );
}
