import { defineConfig } from '@playwright/test';
import { engineNames } from './engines.ts';
import type { EngineOptions } from './journeys.spec.ts';

export default defineConfig<object, EngineOptions>({
  testDir: '.',
  outputDir: '../../test-results/browsers',
  // Two cores: a browser each.
  workers: 2,
  projects: engineNames.map((engine) => ({ name: engine, use: { engine } })),
  timeout: 120_000,
  expect: { timeout: 20_000 },
  reporter: [['list'], ['json', { outputFile: '../../test-results/browsers.json' }]],
});
