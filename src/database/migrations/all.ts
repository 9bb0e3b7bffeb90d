import type { Migration } from 'kysely';
import type { Engine } from '#database/engine.ts';
import { gatewayTables } from './0001-gateway.ts';
import { registryTables } from './0002-registry.ts';
import { serverCounts } from './0003-server-counts.ts';
import { people } from './0004-people.ts';
import { releasePipelines } from './0005-releases.ts';
import { invocationIndex } from './0006-invocations.ts';
import { namesAndSkills } from './0007-names-and-skills.ts';
import { changes } from './0008-changes.ts';
import { processes } from './0009-processes.ts';
import { blobs } from './0010-blobs.ts';
import { quotas } from './0011-quotas.ts';
import { deletedServers } from './0012-deleted-servers.ts';
import { plainCookies } from './0013-plain-cookies.ts';
import { activity } from './0014-activity.ts';
import { releaseTransports } from './0015-release-transports.ts';
import { upstreamHeaders } from './0016-upstream-headers.ts';
import { bundleSigners } from './0017-bundle-signers.ts';
import { connectedClients } from './0018-connected-clients.ts';
import { serverVersions } from './0019-server-versions.ts';
import { toolTables } from './0020-tools.ts';
import { ownedServers } from './0021-owned-servers.ts';
import { callCounts } from './0022-call-counts.ts';
import { remoteServers } from './0024-remote-servers.ts';
import { auditTables } from './0027-audit.ts';
import { admins } from './0028-admins.ts';
import { operationActors } from './0030-operation-actors.ts';
import { serverOrders } from './0031-server-orders.ts';

/** Every migration in order. A landed one is never edited: a change is a new one. */
export function migrations(engine: Engine): Record<string, Migration> {
  return {
    '0001-gateway': gatewayTables(engine),
    '0002-registry': registryTables(engine),
    '0003-server-counts': serverCounts(),
    '0004-people': people(engine),
    '0005-releases': releasePipelines(engine),
    '0006-invocations': invocationIndex(engine),
    '0007-names-and-skills': namesAndSkills(engine),
    '0008-changes': changes(engine),
    '0009-processes': processes(engine),
    '0010-blobs': blobs(engine),
    '0011-quotas': quotas(engine),
    '0012-deleted-servers': deletedServers(engine),
    '0013-plain-cookies': plainCookies(engine),
    '0014-activity': activity(engine),
    '0015-release-transports': releaseTransports(),
    '0016-upstream-headers': upstreamHeaders(),
    '0017-bundle-signers': bundleSigners(),
    '0018-connected-clients': connectedClients(engine),
    '0019-server-versions': serverVersions(engine),
    '0020-tools': toolTables(engine),
    '0021-owned-servers': ownedServers(engine),
    '0022-call-counts': callCounts(engine),
    '0024-remote-servers': remoteServers(engine),
    '0027-audit': auditTables(engine),
    '0028-admins': admins(engine),
    '0030-operation-actors': operationActors(engine),
    '0031-server-orders': serverOrders(engine),
  };
}
