import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

/** How many tests of a suite did what. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
  /** Those that failed, as file and name. */
  failures: string[];
}

interface PlaywrightSuite {
  suites?: PlaywrightSuite[];
  specs?: { title: string; file: string; ok: boolean }[];
}

/** What the report counts that Playwright wrote to this file as JSON. */
export function playwrightCounts(file: string): Counts {
  const { stats, suites } = JSON.parse(readFileSync(file, 'utf8')) as {
    stats: Record<string, number>;
    suites: PlaywrightSuite[];
  };
  const specsIn = (all: PlaywrightSuite[]): NonNullable<PlaywrightSuite['specs']> =>
    all.flatMap(({ suites: inner = [], specs = [] }) => [...specs, ...specsIn(inner)]);
  return {
    passed: (stats['expected'] ?? 0) + (stats['flaky'] ?? 0),
    failed: stats['unexpected'] ?? 0,
    skipped: stats['skipped'] ?? 0,
    failures: specsIn(suites).flatMap(({ ok, title, file: spec }) => (ok ? [] : [`${spec} › ${title}`])),
  };
}

/** What the report counts that vitest wrote to this file as JSON. A file that cannot even be loaded has no tests to count. */
export function vitestCounts(file: string): Counts {
  const report = JSON.parse(readFileSync(file, 'utf8')) as {
    numPassedTests: number;
    numFailedTests: number;
    numFailedTestSuites: number;
    numPendingTests: number;
    testResults: {
      name: string;
      status: string;
      message: string;
      assertionResults: { status: string; fullName: string; failureMessages: string[] }[];
    }[];
  };
  const failures = report.testResults.flatMap(({ name: path, status, message, assertionResults }) => {
    const name = relative('', path);
    const tests = assertionResults.filter((result) => result.status === 'failed');
    if (tests.length === 0) return status === 'failed' ? [`${name}: ${firstLine(message)}`] : [];
    return tests.map(
      ({ fullName, failureMessages }) => `${name} › ${fullName}: ${firstLine(failureMessages[0])}`,
    );
  });
  return {
    passed: report.numPassedTests,
    failed: Math.max(report.numFailedTests, report.numFailedTestSuites > 0 ? 1 : 0),
    skipped: report.numPendingTests,
    failures,
  };
}

/** The lines that close a run: one for each test that failed, and one that counts all. */
export function closingLines(all: Counts[]): string {
  const sum = (key: Exclude<keyof Counts, 'failures'>): number =>
    all.reduce((total, counts) => total + counts[key], 0);
  const skipped = sum('skipped') > 0 ? `, ${sum('skipped')} skipped` : '';
  const failed = all.flatMap(({ failures }) => failures.map((failure) => `Failed: ${failure}\n`));
  return `${failed.join('')}${sum('passed')} passed, ${sum('failed')} failed${skipped}`;
}

function firstLine(text = ''): string {
  return text.split('\n', 1)[0]?.slice(0, 300) ?? '';
}
