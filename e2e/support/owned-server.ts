import type { OwnedServer } from '#contract/owned-servers.ts';
import { parseQualifiedName } from '#contract/qualified-name.ts';
import type { ReadServers } from '#web/api/owned-servers.ts';

const AT = '2026-01-01T00:00:00.000Z';

/** A server of the owner's index, live and plain but for what a test says of it. */
export function ownedServer(qualifiedName: string, rest: Partial<OwnedServer> = {}): OwnedServer {
  return {
    id: `id-${qualifiedName}`,
    qualifiedName,
    namespace: parseQualifiedName(qualifiedName)?.namespace ?? '',
    displayName: qualifiedName.split('/').at(-1) ?? '',
    description: '',
    iconUrl: null,
    state: 'live',
    isUnlisted: false,
    isProtected: false,
    createdAt: AT,
    uses: 0,
    latestRelease: { id: 'release-1', status: 'SUCCESS', at: AT, reason: null },
    liveRelease: { id: 'release-1', type: 'hosted_shttp', at: AT },
    calls: { lastAt: null, in7Days: 0, in30Days: 0, errorShare: null },
    tools: [],
    domains: [],
    asOf: AT,
    ...rest,
  };
}

/** A page of the list as it was read. */
export function readServers(servers: OwnedServer[], rest: Partial<ReadServers> = {}): ReadServers {
  return {
    servers,
    nextCursor: null,
    isFilling: false,
    asOf: AT,
    unreadable: { entries: 0, values: 0 },
    ...rest,
  };
}
