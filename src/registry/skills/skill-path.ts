import type { Context } from 'hono';
import { z } from 'zod';
import { readShape } from '#registry/http/shapes.ts';
import { RegistryError } from '#registry/http/registry-error.ts';
import type { RegistryContext, RegistryEnv } from '#registry/context.ts';
import { requireOwnedNamespace } from '#registry/names/owned-namespace.ts';
import { findSkill, type Skill, type SkillName } from './skill-store.ts';

const SLUG = /^[a-z0-9][a-z0-9-]{0,63}$/;

const SLUG_TEXT = 'must be 1 to 64 lower-case letters, digits and hyphens, and not begin with a hyphen';

/** The slug of a new skill. */
export const skillSlug = z.string(SLUG_TEXT).regex(SLUG, SLUG_TEXT);

/** The name in the path, where a skill of it is or may be made by the caller. Throws a 400, 403 or 404. */
export async function requireOwnPlace(
  c: Context<RegistryEnv>,
  { db }: Pick<RegistryContext, 'db'>,
): Promise<SkillName> {
  const name = nameIn(c);
  readShape(name.slug, skillSlug, 'slug');
  await requireOwnedNamespace(db, name.namespace, c.var.access);
  return name;
}

/** The skill in the path, where it is the caller's. Throws a 404 for none, a 403 for another's. */
export async function requireOwnSkill(
  c: Context<RegistryEnv>,
  { db }: Pick<RegistryContext, 'db'>,
): Promise<Skill> {
  const skill = await requireVisibleSkill(c, { db });
  if (!c.var.access.ownerIds.includes(skill.owner_id)) {
    throw new RegistryError(403, 'Skill belongs to another user');
  }
  return skill;
}

/** The skill in the path, where it is listed or the caller's. Throws the same 404 for another's and for none. */
export async function requireVisibleSkill(
  c: Context<RegistryEnv>,
  { db }: Pick<RegistryContext, 'db'>,
): Promise<Skill & { owner_id: string }> {
  const skill = await findSkill(db, nameIn(c));
  if (skill === undefined || (skill.listed !== 1 && !c.var.access.ownerIds.includes(skill.owner_id))) {
    throw new RegistryError(404, 'Skill not found');
  }
  return skill;
}

function nameIn(c: Context<RegistryEnv>): SkillName {
  const { namespace = '', slug = '' } = c.req.param();
  return { namespace, slug };
}
