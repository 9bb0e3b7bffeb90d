import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { findChromium } from './support/browser.ts';
import { closingLines, playwrightCounts, vitestCounts } from './support/suite-counts.ts';

// `npm test`: builds, then runs everything: units, stores on both databases, gateway, faults, processes, browser.
// Closes with one line that counts it all.

const require = createRequire(import.meta.url);
const bin = (name: string, file: string): string =>
  join(dirname(require.resolve(`${name}/package.json`)), file);

function run(script: string, args: string[], env: Record<string, string> = {}): boolean {
  const { status } = spawnSync(process.execPath, [script, ...args], {
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  return status === 0;
}

async function main(): Promise<void> {
  rmSync('test-results', { recursive: true, force: true });
  mkdirSync('test-results');
  const vite = bin('vite', 'bin/vite.js');
  if (!run(vite, ['build', '--logLevel', 'warn']) || !run(vite, ['build', '--logLevel', 'warn', '--ssr'])) {
    throw new Error('the build failed');
  }
  const units = run(bin('vitest', 'vitest.mjs'), [
    'run',
    '--reporter=default',
    '--reporter=json',
    '--outputFile.json=test-results/units.json',
  ]);
  const chromium = await findChromium((line) => console.log(line));
  const browser = run(bin('@playwright/test', 'cli.js'), ['test', '-c', 'e2e/playwright.config.ts'], {
    TOUCHMARK_TEST_CHROMIUM: chromium,
  });
  const all = [vitestCounts('test-results/units.json'), playwrightCounts('test-results/browser.json')];
  console.log(closingLines(all));
  process.exit(units && browser && all.every(({ passed, failed }) => failed === 0 && passed > 0) ? 0 : 1);
}

main().catch((error: unknown) => {
  console.error(`The tests could not be run: ${error instanceof Error ? error.message : String(error)}`);
  console.log('0 passed, 1 failed');
  process.exit(1);
});
