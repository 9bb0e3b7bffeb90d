import { readFileSync } from 'node:fs';

/** How many tests of a suite did what. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** What the report counts that Playwright wrote to this file as JSON. */
export function playwrightCounts(file: string): Counts {
  const { stats } = JSON.parse(readFileSync(file, 'utf8')) as { stats: Record<string, number> };
  return {
    passed: (stats['expected'] ?? 0) + (stats['flaky'] ?? 0),
    failed: stats['unexpected'] ?? 0,
    skipped: stats['skipped'] ?? 0,
  };
}

/** What the report counts that vitest wrote to this file as JSON. A file that cannot even be loaded has no tests to count. */
export function vitestCounts(file: string): Counts {
  const report = JSON.parse(readFileSync(file, 'utf8')) as Record<string, number>;
  return {
    passed: report['numPassedTests'] ?? 0,
    failed: Math.max(report['numFailedTests'] ?? 0, report['numFailedTestSuites'] ? 1 : 0),
    skipped: report['numPendingTests'] ?? 0,
  };
}

/** The line that closes a run, counting all of it. */
export function closingLine(all: Counts[]): string {
  const sum = (key: keyof Counts): number => all.reduce((total, counts) => total + counts[key], 0);
  const skipped = sum('skipped') > 0 ? `, ${sum('skipped')} skipped` : '';
  return `${sum('passed')} passed, ${sum('failed')} failed${skipped}`;
}
