import type { Expression, ExpressionBuilder, SqlBool } from 'kysely';
import type { Scope } from '#registry/access/access.ts';
import type { Database } from '#database/schema.ts';
import { isOwnedBy } from '#registry/servers/server-ownership.ts';

/** Which servers a list holds. Absent filters let everything pass. */
export interface ServerFilters {
  /** Who asks: only they see the unlisted servers of their own namespaces, and within the namespaces they may see. */
  viewer: Scope;
  ids?: string[] | undefined;
  qualifiedName?: string | undefined;
  namespace?: string | undefined;
  ownerId?: string | undefined;
  repoOwner?: string | undefined;
  repoName?: string | undefined;
  remote?: boolean | undefined;
  isDeployed?: boolean | undefined;
  verified?: boolean | undefined;
  smitheryManaged?: boolean | undefined;
}

type ServerExpressions = ExpressionBuilder<Database, 'servers'>;

/** True for servers that pass every filter and that the viewer may see in a list. */
export function passesFilters(eb: ServerExpressions, filters: ServerFilters): Expression<SqlBool> {
  // Not "is 0": an engine that looked listed servers up by that would then have to sort nearly all there are.
  const visible = eb.or([eb('servers.unlisted', '!=', 1), isOwnedBy(eb, filters.viewer)]);
  return eb.and([visible, fits(eb, filters)]);
}

/** True for servers that pass every filter, listed or not. */
export function fits(eb: ServerExpressions, filters: ServerFilters): Expression<SqlBool> {
  const { ids, ownerId, isDeployed, viewer } = filters;
  const conditions: Expression<SqlBool>[] = [];
  if (viewer.namespaces !== null) conditions.push(eb('servers.namespace', 'in', viewer.namespaces));
  for (const [column, value] of [
    ['servers.qualified_name', filters.qualifiedName],
    ['servers.namespace', filters.namespace],
    ['servers.repo_owner', filters.repoOwner],
    ['servers.repo_name', filters.repoName],
  ] as const) {
    if (value !== undefined) conditions.push(eb(column, '=', value));
  }
  for (const [column, value] of [
    ['servers.remote', filters.remote],
    ['servers.verified', filters.verified],
    ['servers.managed', filters.smitheryManaged],
  ] as const) {
    if (value !== undefined) conditions.push(eb(column, '=', Number(value)));
  }
  if (ids !== undefined) conditions.push(eb('servers.id', 'in', ids));
  if (ownerId !== undefined) conditions.push(isOwnedBy(eb, { ownerIds: [ownerId], namespaces: null }));
  if (isDeployed !== undefined) conditions.push(deployedIs(eb, isDeployed));
  return eb.and(conditions);
}

/** True where the filters name servers, namespaces, an owner or a repository: few servers, or an index's ranges. */
export function namesAPlace({
  viewer,
  ids,
  qualifiedName,
  namespace,
  ownerId,
  repoOwner,
  repoName,
}: ServerFilters): boolean {
  const places = [ids, qualifiedName, namespace, ownerId, repoOwner, repoName];
  return viewer.namespaces !== null || places.some((filter) => filter !== undefined);
}

// A bundle to be run at home is released, yet nowhere deployed.
function deployedIs(eb: ServerExpressions, wanted: boolean): Expression<SqlBool> {
  if (wanted) return eb('servers.live_type', 'in', ['hosted_shttp', 'external_shttp']);
  return eb.or([eb('servers.live_type', 'is', null), eb('servers.live_type', '=', 'stdio')]);
}
