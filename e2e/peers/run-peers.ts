import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { closingLines, vitestCounts } from '#e2e/support/suite-counts.ts';

// `npm run test:peers`: installs the programs of others that Touchmark is to work with, then tries it with each of them
// as a process. What is behind `--` goes to vitest: a file, or `-t` and words.

const FOLDER = fileURLToPath(new URL('programs', import.meta.url));
const REPORT = 'test-results/peers.json';

function main(): void {
  // Warnings are about programs of others, which nobody here can mend.
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: FOLDER,
    stdio: 'inherit',
  });
  if (npm.status !== 0) throw new Error('they could not be installed');
  mkdirSync('test-results', { recursive: true });
  rmSync(REPORT, { force: true });
  const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
  const { status } = spawnSync(
    process.execPath,
    [
      vitest,
      'run',
      '--config',
      'e2e/peers/peers.config.ts',
      '--reporter=verbose',
      '--reporter=json',
      `--outputFile.json=${REPORT}`,
      ...process.argv.slice(2),
    ],
    { stdio: 'inherit' },
  );
  const counts = vitestCounts(REPORT);
  console.log(closingLines([counts]));
  process.exit(status === 0 && counts.failed === 0 && counts.passed > 0 ? 0 : 1);
}

try {
  main();
} catch (error) {
  console.error(`The peers could not be tried: ${error instanceof Error ? error.message : String(error)}`);
  console.log('0 passed, 1 failed');
  process.exit(1);
}
