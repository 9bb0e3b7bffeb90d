import type { Operation, OperationFinding } from '#contract/operations.ts';
import type { Tone } from '#web/ui/badge.tsx';

export interface Outcome {
  word: string;
  tone: Tone;
  /** What it means for the server; undefined where the word says it all. */
  meaning: string | undefined;
}

/** What became of an operation, in words for a person. */
export function describeOutcome({ state, finding, status, checking }: Operation): Outcome {
  if (state === 'sending') return sending;
  if (state === 'applied') return finding === 'gone' ? foundGone : deleted;
  if (state === 'unknown') return checking ? looking : unknown;
  const refusal = finding === null ? undefined : refusals[finding];
  return refusal ?? { word: 'Refused', tone: 'danger', meaning: refusalByStatus(status) };
}

const sending: Outcome = {
  word: 'Deleting',
  tone: 'warning',
  meaning: 'Sent to the registry, which has not answered yet.',
};
const deleted: Outcome = { word: 'Deleted', tone: 'success', meaning: undefined };
const foundGone: Outcome = {
  word: 'Deleted',
  tone: 'success',
  meaning: 'No clear answer came, but a later look found it gone.',
};
const looking: Outcome = {
  word: 'Unknown, checking',
  tone: 'warning',
  meaning: 'No clear answer came. Touchmark is looking.',
};
const unknown: Outcome = {
  word: 'Unknown',
  tone: 'warning',
  meaning: 'No clear answer came, and nobody could find out.',
};

const refusals: Readonly<Partial<Record<OperationFinding, Outcome>>> = {
  gone: { word: 'Already gone', tone: 'neutral', meaning: 'There was no such server any more.' },
  'not-owned': { word: 'Refused', tone: 'danger', meaning: 'It exists, but this key does not own it.' },
  recreated: {
    word: 'Stopped',
    tone: 'warning',
    meaning: 'Another server was created under this name. The new one was left alone.',
  },
  'still-there': { word: 'Not deleted', tone: 'danger', meaning: 'A later look found the server unchanged.' },
};

function refusalByStatus(status: number | null): string {
  if (status === 401) return 'The key was not accepted. Nothing was deleted.';
  if (status === 403) return 'This key may not delete it. Nothing was deleted.';
  if (status === 429) return 'The registry asked to slow down. Nothing was deleted.';
  return 'Nothing was deleted.';
}

/**
 * What was answered, in the answerer's own words; undefined where there are none, or where a later look has said
 * all there is to say.
 */
export function answerWords({ status, message, finding }: Operation): string | undefined {
  if (message === null || finding === 'still-there' || finding === 'recreated') return undefined;
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
