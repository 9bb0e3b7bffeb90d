import { cleanText } from './clean-text.ts';

const MAX_LENGTH = 64;

// In the order in which one browser's token also stands in another's text.
const browsers: readonly (readonly [token: string, name: string])[] = [
  ['Edg', 'Edge'],
  ['EdgA', 'Edge'],
  ['EdgiOS', 'Edge'],
  ['OPR', 'Opera'],
  ['SamsungBrowser', 'Samsung Browser'],
  ['Firefox', 'Firefox'],
  ['FxiOS', 'Firefox'],
  ['HeadlessChrome', 'HeadlessChrome'],
  ['CriOS', 'Chrome'],
  ['Chrome', 'Chrome'],
];

/**
 * The product and version of a user agent's text, as `Firefox 153` or `curl 8.5`: all that is kept of it. What it made
 * once it leaves as it is. Null where there is none.
 */
export function productOf(userAgent: string | null | undefined): string | null {
  const text = cleanText((userAgent ?? '').replace(/\([^()]*\)/g, ' '));
  // RFC 9110, 10.1.5: products as name/version, the most significant first. Browsers keep to that last.
  const products = text.split(' ').map((word) => word.split('/'));
  const versionOf = (token: string) => products.find(([name]) => name === token)?.[1];
  const browser = browsers.find(([token]) => versionOf(token) !== undefined);
  if (browser !== undefined) return withVersion(browser[1], versionOf(browser[0]));
  const safari = versionOf('Version');
  if (safari !== undefined && versionOf('Safari') !== undefined) return withVersion('Safari', safari);
  if (/^[^/]+ \d+(\.\d+)?$/.test(text)) return cut(text);
  const [name = '', version] = products[0] ?? [];
  return name === '' ? null : withVersion(name, version);
}

/** With the first two numbers of the version, of which a last one that is 0 says nothing. */
function withVersion(name: string, version: string | undefined): string {
  const [, major, minor] = /^(\d+)(?:\.(\d+))?/.exec(version ?? '') ?? [];
  if (major === undefined) return cut(name);
  return cut(minor === undefined || Number(minor) === 0 ? `${name} ${major}` : `${name} ${major}.${minor}`);
}

function cut(text: string): string {
  return Array.from(text).slice(0, MAX_LENGTH).join('').trimEnd();
}
