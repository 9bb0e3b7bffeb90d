import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { findChromium } from '#e2e/support/browser.ts';
import { closingLines, playwrightCounts, type Counts } from '#e2e/support/suite-counts.ts';
import { engineNames, howToInstall, isInstalled } from './engines.ts';

// `npm run test:browsers`: the journeys in every engine. One that is missing is a failure, never left out in silence.

const REPORT = 'test-results/browsers.json';

async function main(): Promise<void> {
  const missing = engineNames.filter((engine) => !isInstalled(engine));
  for (const engine of missing) console.log(`There is no ${engine} here: ${howToInstall(engine)}`);
  rmSync(REPORT, { force: true });
  const projects = engineNames.filter((engine) => !missing.includes(engine));
  const cli = createRequire(import.meta.url).resolve('@playwright/test/cli');
  const { status } = spawnSync(
    process.execPath,
    [
      cli,
      'test',
      '-c',
      'e2e/browsers/browsers.config.ts',
      ...projects.map((name) => `--project=${name}`),
      ...process.argv.slice(2),
    ],
    {
      stdio: 'inherit',
      env: { ...process.env, TOUCHMARK_TEST_CHROMIUM: await findChromium((line) => console.log(line)) },
    },
  );
  const none: Counts = { passed: 0, failed: 0, skipped: 0, failures: [] };
  const journeys = existsSync(REPORT) ? playwrightCounts(REPORT) : { ...none, failed: 1 };
  console.log(closingLines([journeys, { ...none, failed: missing.length }]));
  process.exit(status === 0 && missing.length === 0 && journeys.passed > 0 ? 0 : 1);
}

main().catch((error: unknown) => {
  console.error(
    `The browsers could not be tested: ${error instanceof Error ? error.message : String(error)}`,
  );
  console.log('0 passed, 1 failed');
  process.exit(1);
});
