// Lighthouse on the pages a stranger sees first: `npm run lighthouse`, on a system of its own, or on one that runs already
// with WEB_E2E_BASE=<port base> WEB_E2E_HOST_PID=<pid>. Prints the scores and exits 1 when one is below its bar.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromiumPath } from '../test/support/chromium.ts';

const here = import.meta.dirname;
if (!existsSync(join(here, 'node_modules/lighthouse'))) {
  console.error('installing Lighthouse (once) ...');
  const npm = spawnSync('npm', ['ci', '--prefix', here, '--ignore-scripts', '--no-audit', '--no-fund'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (npm.status !== 0) process.exit(1);
}
const { launch } = await import('chrome-launcher');
const { default: lighthouse, desktopConfig } = await import('lighthouse');
const { default: startSystem } = await import('../test/support/start-system.mjs');
const { default: stopSystem } = await import('../test/support/stop-system.mjs');

const { values } = parseArgs({ options: { runs: { type: 'string', default: '3' } } });
const runs = Number(values.runs);
const bars = { performance: 90, accessibility: 95, 'best-practices': 95 };
const pages = ['/', '/signup'];
/** Lighthouse's own two: a middling phone on slow 4G with a fourth of this machine's speed, and a desktop. */
const devices = { phone: undefined, desktop: desktopConfig };

let below = 0;
let chrome;
try {
  await startSystem();
  chrome = await launch({
    chromePath: chromiumPath(),
    chromeFlags: ['--headless=new', '--no-sandbox', '--disable-dev-shm-usage'],
  });
  for (const path of pages) for (const device of Object.keys(devices)) await measure(path, device);
  console.log(`Lighthouse ${versionOf('lighthouse')}, the median of ${runs} runs each.`);
} finally {
  await chrome?.kill();
  await stopSystem();
}
process.exit(below > 0 ? 1 : 0);

/** The median of some runs: whatever else the machine does goes into the speed of a single one. */
async function measure(path, device) {
  const url = `http://127.0.0.1:${process.env.WEB_E2E_BASE}${path}`;
  const found = [];
  for (let run = 0; run < runs; run++) {
    const result = await lighthouse(
      url,
      { port: chrome.port, onlyCategories: Object.keys(bars), logLevel: 'error' },
      devices[device],
    );
    if (!result || result.lhr.runtimeError) throw new Error(result?.lhr.runtimeError?.message ?? 'No result.');
    found.push(result.lhr);
  }
  const shown = Object.entries(bars).map(([category, bar]) => {
    const score = median(found.map(({ categories }) => Math.round((categories[category]?.score ?? 0) * 100)));
    if (score < bar) below += 1;
    return `${category} ${score}${score < bar ? ` (below ${bar})` : ''}`;
  });
  const { audits, categories } = found[0];
  console.log(`${path.padEnd(8)} ${device.padEnd(8)} ${shown.join(', ')}`);
  console.log(
    `  ${['first-contentful-paint', 'largest-contentful-paint', 'total-blocking-time', 'cumulative-layout-shift'].map((id) => `${audits[id].title}: ${audits[id].displayValue}`).join(', ')}`,
  );
  // What costs points, so that nobody has to open the full report for it.
  for (const category of Object.keys(bars).slice(1))
    for (const { id, weight } of categories[category].auditRefs)
      if (weight > 0 && audits[id].score !== null && audits[id].score < 1)
        console.log(`  ${category}: ${audits[id].title}`);
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

function versionOf(name) {
  return createRequire(import.meta.url)(`${name}/package.json`).version;
}
