import type { Vault } from '#platform/sealing.ts';
import { RegistryError } from '#registry/http/registry-error.ts';

const LINK_MS = 3_600_000;
const PARAMETER = 'grant';
const PLACE = 'bundle link';

/** What a link to a bundle lets whoever has it download. */
export interface BundleGrant {
  /** The id of the server. */
  server: string;
  /** SHA-256 of the bundle, in hex: no later one. */
  bundle: string;
  /** The id of the API key it was given to: it ends with that, and downloads count as its owner's. */
  key: string;
}

interface Clock {
  linkVault: Vault;
  now: () => Date;
}

/** The URL of a download with a grant for an hour: clients that can show no key download with it. */
export function grantingLink(url: string, grant: BundleGrant, { linkVault, now }: Clock): string {
  const until = new Date(now().getTime() + LINK_MS).toISOString();
  return `${url}?${PARAMETER}=${linkVault.seal(JSON.stringify({ ...grant, until }), PLACE)}`;
}

/** The grant in a request's URL; undefined where it has none. Throws a 403 for one that was altered, a 401 for one that is over. */
export function grantIn(url: string, { linkVault, now }: Clock): BundleGrant | undefined {
  const sealed = new URL(url).searchParams.get(PARAMETER);
  if (sealed === null) return undefined;
  const opened = linkVault.open(sealed, PLACE);
  if (opened === undefined) {
    throw new RegistryError(
      403,
      'Link not valid: it is incomplete, altered, or of another registry. Ask for the server’s details again, or show a key',
    );
  }
  const { until, ...grant } = JSON.parse(opened) as BundleGrant & { until: string };
  if (until <= now().toISOString()) {
    throw new RegistryError(
      401,
      `Link expired at ${until}: ask for the server’s details again, they hold a new one, or show a key`,
      { headers: { 'WWW-Authenticate': 'Bearer realm="registry"' } },
    );
  }
  return grant;
}
