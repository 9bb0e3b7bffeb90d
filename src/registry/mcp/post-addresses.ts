import type { Vault } from '#platform/sealing.ts';
import { EndpointRefused } from '#registry/event-streams/endpoint-events.ts';

const PARAMETER = 'touchmark-post';
const MAX_ADDRESS = 4096;

/** The address that a client gets in place of the one that a server named, relative to `base`. Throws EndpointRefused. */
export type PostAddress = (address: string, base: URL) => string;

/**
 * The addresses that event streams of the older transport name for posts. A client gets one of the registry, which holds
 * the server's own, sealed: no process has to remember it, and nobody can make one up.
 */
export interface PostAddresses {
  for: PostAddress;
  /** True where this URL is meant to be one of these. */
  isOne(requestUrl: string): boolean;
  /** The server's own address; undefined where the URL holds none that was given out for this release. */
  open(requestUrl: string): URL | undefined;
}

interface Release {
  /** What addresses are sealed for: those of another release are of another server. */
  releaseId: string;
  /** Where the server is called. */
  upstreamUrl: string;
  /** Where clients call it. */
  mcpUrl: string;
}

export function postAddresses(vault: Vault, { releaseId, upstreamUrl, mcpUrl }: Release): PostAddresses {
  const sealedIn = (requestUrl: string): string | null => new URL(requestUrl).searchParams.get(PARAMETER);
  return {
    for(address, base) {
      const isUsable = address !== '' && address.length <= MAX_ADDRESS && URL.canParse(address, base);
      if (!isUsable) throw new EndpointRefused();
      const url = new URL(address, base);
      if (url.origin !== new URL(upstreamUrl).origin || url.username !== '' || url.password !== '')
        throw new EndpointRefused();
      const { pathname } = new URL(mcpUrl);
      return `${pathname}?${PARAMETER}=${vault.seal(url.pathname + url.search, releaseId)}`;
    },
    // Asked at every call: a URL is only parsed where it may be.
    isOne: (requestUrl) => requestUrl.includes(`${PARAMETER}=`) && sealedIn(requestUrl) !== null,
    open(requestUrl) {
      const path = vault.open(sealedIn(requestUrl) ?? '', releaseId);
      return path === undefined ? undefined : new URL(new URL(upstreamUrl).origin + path);
    },
  };
}
