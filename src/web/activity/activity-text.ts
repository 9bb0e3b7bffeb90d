import type { Operation, OperationFinding } from '#contract/operations.ts';

// After these a later check, or the finding itself, has said all there is to say.
const saysItAll: ReadonlySet<OperationFinding> = new Set([
  'still-there',
  'another-there',
  'uncompared',
  'moved',
  'recreated',
  'as-before',
  'not-sent',
  'not-sent-whole',
]);

/** What was answered, in the answerer's own words; undefined where there are none, or nothing is left to say. */
export function answerWords({ state, status, message, finding }: Operation): string | undefined {
  if (message === null || state === 'inconclusive' || (finding !== null && saysItAll.has(finding)))
    return undefined;
  return status === null ? message : `The registry answered ${status}: “${message}”.`;
}

// In the order in which one browser's name also stands in another's text.
const browsers = ['Edg', 'OPR', 'Firefox', 'HeadlessChrome', 'Chrome', 'Safari', 'curl'] as const;
const systems = ['Windows', 'Android', 'iPhone', 'iPad', 'Macintosh', 'CrOS', 'Linux'] as const;
const names: Readonly<Record<string, string>> = {
  Edg: 'Edge',
  OPR: 'Opera',
  HeadlessChrome: 'Chrome (headless)',
  Macintosh: 'macOS',
  CrOS: 'ChromeOS',
};

/** A browser's user agent text in two words, such as "Firefox on Linux"; what it is made of where it is none. */
export function shortUserAgent(userAgent: string | null): string {
  if (userAgent === null || userAgent === '') return 'unknown';
  const browser = browsers.find((name) => userAgent.includes(`${name}/`));
  const system = systems.find((name) => userAgent.includes(name));
  if (browser === undefined) return userAgent.slice(0, 40);
  const said = (name: string) => names[name] ?? name;
  return system === undefined ? said(browser) : `${said(browser)} on ${said(system)}`;
}
