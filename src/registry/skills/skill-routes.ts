import type { SkillDeleteResponse } from '@smithery/api/resources/skills';
import { RegistryError } from '#registry/http/registry-error.ts';
import { requireAccess } from '#registry/access/authentication.ts';
import type { RegistryApp, RegistryContext } from '#registry/context.ts';
import { pickFields } from '#registry/http/query-fields.ts';
import { allowAnonymousRead } from '#registry/access/anonymous-read.ts';
import { readSkillListQuery } from './skill-list-params.ts';
import { listSkills } from './skill-listing.ts';
import { requireOwnSkill, requireVisibleSkill } from './skill-path.ts';
import { toSkillDetails } from './skill-response.ts';
import { deleteSkill } from './skill-store.ts';

/** `/skills` and `/skills/{namespace}/{slug}`: what is there, for everybody, and its end. */
export function addSkillRoutes(app: RegistryApp, context: RegistryContext): void {
  const { db, sweepBlobs, now } = context;
  // The official command line looks for skills without a key, or with an empty one.
  const mayRead = allowAnonymousRead(context, 'skills');

  app.get('/skills', mayRead, async (c) => {
    const query = readSkillListQuery(c);
    const { skills, pagination } = await listSkills(db, query);
    return c.json({ skills: skills.map((skill) => pickFields(skill, query.fields)), pagination });
  });

  app.get('/skills/:namespace/:slug', mayRead, async (c) =>
    c.json(toSkillDetails(await requireVisibleSkill(c, context))),
  );

  app.delete('/skills/:namespace/:slug', requireAccess(context, 'skills', 'write'), async (c) => {
    const { rid, qualified_name } = await requireOwnSkill(c, context);
    const { by } = c.var;
    if (!(await deleteSkill(db, { rid, by, now: now() }))) throw new RegistryError(404, 'Skill not found');
    sweepBlobs();
    return c.json({ success: true, qualifiedName: qualified_name } satisfies SkillDeleteResponse);
  });
}
