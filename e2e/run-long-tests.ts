import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

// `npm run test:long`: the tests that `npm test` runs for a while only, for as long as they are worth. It says what failed
// and how to repeat it, and ends with status 1 then.

/** How much of each, unless the variable says otherwise already. */
const AMOUNTS: Record<string, string> = {
  // Kills of a desk by each test.
  TOUCHMARK_TEST_KILLS: '30',
  // Seconds of mixed load on three processes.
  TOUCHMARK_TEST_LOAD_SECONDS: '60',
  // Fuzzed requests over all routes.
  TOUCHMARK_TEST_REQUESTS: '50000',
  // Hostile answers of a registry, at the reader and at the pages.
  TOUCHMARK_TEST_RUNS: '5000',
  TOUCHMARK_TEST_PAGE_RUNS: '300',
  // Stories of a delete.
  TOUCHMARK_TEST_STORIES: '2000',
};

const FILES = [
  'e2e/crash',
  'e2e/registry-crash',
  'e2e/faults/three-processes',
  'e2e/faults/fuzz',
  'src/gateway/registry/registry-answers',
  'e2e/stories',
];

const require = createRequire(import.meta.url);
const bin = (name: string, file: string): string =>
  join(dirname(require.resolve(`${name}/package.json`)), file);
const env = { ...AMOUNTS, ...process.env };

const statuses = [
  [bin('vitest', 'vitest.mjs'), 'run', ...FILES],
  [bin('@playwright/test', 'cli.js'), 'test', '-c', 'e2e/playwright.config.ts', 'hostile-registry'],
].map((command) => spawnSync(process.execPath, command, { stdio: 'inherit', env }).status);
process.exitCode = statuses.every((status) => status === 0) ? 0 : 1;
