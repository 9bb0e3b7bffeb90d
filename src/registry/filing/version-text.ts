const MAX_LENGTH = 255;
// As the official registry refuses them: comparators, alternatives, wildcards. Spaces stand in ranges too.
const RANGE = /^[~^<>=]|\|\||^v?[\dxX*]*[xX*](\.|$)|\.[xX*](\.|$)/;

/** True where a text can be the version of a server: printable ASCII, one version and not a range of them. */
export function isVersion(text: string): boolean {
  if (text.length > MAX_LENGTH || !/^[!-~]+$/.test(text)) return false;
  return text.toLowerCase() !== 'latest' && !RANGE.test(text);
}

/** The version of this number. */
export function numberedVersion(number: number): string {
  return `0.0.${number}`;
}

/** The number of such a version; undefined for all others. */
export function numberOf(version: string): number | undefined {
  const [, digits] = /^0\.0\.(0|[1-9]\d{0,8})$/.exec(version) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/** What a server said of its version when a release was scanned, by the release's card; null where it said nothing. */
export function toldVersion(card: string | null): string | null {
  if (card === null) return null;
  const { serverInfo } = JSON.parse(card) as { serverInfo?: { version?: string } | null };
  return serverInfo?.version ?? null;
}
