import type { Expression, ExpressionBuilder, SqlBool } from 'kysely';
import type { Database } from '#database/schema.ts';
import type { Scope } from '#registry/access/access.ts';

/** Which skills a list holds. Absent filters let everything pass. */
export interface SkillFilters {
  /** Who asks: only they see the unlisted skills of their own namespaces, and within the namespaces they may see. */
  viewer: Scope;
  category?: string | undefined;
  namespace?: string | undefined;
  slug?: string | undefined;
  ownerId?: string | undefined;
  verified?: boolean | undefined;
}

type SkillExpressions = ExpressionBuilder<Database, 'skills'>;

/** True for skills that pass every filter and that the viewer may see. */
export function passesSkillFilters(eb: SkillExpressions, filters: SkillFilters): Expression<SqlBool> {
  const { viewer, category, namespace, slug, ownerId, verified } = filters;
  const conditions = [eb.or([eb('skills.listed', '=', 1), ownedBy(eb, viewer.ownerIds)])];
  if (viewer.namespaces !== null) conditions.push(eb('skills.namespace', 'in', viewer.namespaces));
  if (namespace !== undefined) conditions.push(eb('skills.namespace', '=', namespace));
  if (slug !== undefined) conditions.push(eb('skills.slug', '=', slug));
  if (category !== undefined) conditions.push(eb('skills.category', '=', category));
  if (ownerId !== undefined) conditions.push(ownedBy(eb, [ownerId]));
  // This registry verifies no namespaces.
  if (verified === true) conditions.push(eb.lit(false));
  return eb.and(conditions);
}

function ownedBy(eb: SkillExpressions, ownerIds: readonly string[]) {
  const own = eb
    .selectFrom('namespaces')
    .select('namespaces.name')
    .where('namespaces.owner_id', 'in', ownerIds);
  return eb('skills.namespace', 'in', own);
}
