import type { Expression, ExpressionBuilder, SqlBool } from 'kysely';
import type { Database } from '#database/schema.ts';
import type { Scope } from '#registry/access/access.ts';

/** True for servers in a namespace within this scope: the one rule of ownership. */
export function isOwnedBy(
  eb: ExpressionBuilder<Database, 'servers'>,
  { ownerIds, namespaces }: Scope,
): Expression<SqlBool> {
  const owned = eb(
    'servers.namespace',
    'in',
    eb.selectFrom('namespaces').select('namespaces.name').where('namespaces.owner_id', 'in', ownerIds),
  );
  return namespaces === null ? owned : eb.and([owned, eb('servers.namespace', 'in', namespaces)]);
}
