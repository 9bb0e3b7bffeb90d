import { defineConfig } from '@playwright/test';
import { chromiumArguments } from './support/browser.ts';

const executablePath = process.env['TOUCHMARK_TEST_CHROMIUM'];

export default defineConfig({
  testDir: '.',
  testMatch: '**/*.spec.ts',
  // Of these each runs in three engines, by a configuration of its own.
  testIgnore: /\/e2e\/browsers\//,
  // A folder of its own: the runner empties it.
  outputDir: '../test-results/browser',
  fullyParallel: true,
  // Two for each project: tests that wait need no core.
  workers: 4,
  projects: [
    { name: 'waiting', grep: /@waiting/, workers: 2 },
    { name: 'working', grepInvert: /@waiting/, workers: 2 },
  ],
  // Generous: machines are shared, and a slow one is no failure.
  timeout: 120_000,
  expect: { timeout: 20_000 },
  reporter: [['list'], ['json', { outputFile: '../test-results/browser.json' }]],
  use: {
    browserName: 'chromium',
    viewport: { width: 1280, height: 800 },
    trace: 'off',
    launchOptions: { args: chromiumArguments, ...(executablePath === undefined ? {} : { executablePath }) },
  },
});
