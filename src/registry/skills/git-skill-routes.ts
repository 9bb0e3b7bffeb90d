import type {
  SkillCreateResponse,
  SkillSetResponse,
  SkillSyncResponse,
} from '@smithery/api/resources/skills';
import { z } from 'zod';
import type { Author } from '#registry/audit/author.ts';
import { RegistryError } from '#registry/http/registry-error.ts';
import { requireAccess } from '#registry/access/authentication.ts';
import type { RegistryApp, RegistryContext } from '#registry/context.ts';
import { nameOf } from '#registry/http/body-fields.ts';
import { readBody } from '#registry/http/shapes.ts';
import { requireOwnedNamespace } from '#registry/names/owned-namespace.ts';
import { fetchDocument, parseGitUrl } from '#registry/skill-sources/git-source.ts';
import { requireOwnPlace, requireOwnSkill, skillSlug } from './skill-path.ts';
import { toStoredSkill } from './skill-response.ts';
import { saveSkill, type SkillName } from './skill-store.ts';

// Whose namespace it is comes before what is wrong with the URL.
const gitSkillShape = z.object({ gitUrl: z.unknown() });
const newSkillShape = gitSkillShape.extend({
  namespace: nameOf('must be the name of a namespace'),
  slug: skillSlug,
});

/** Skills whose SKILL.md is kept on GitHub: made, changed and read again from there. */
export function addGitSkillRoutes(app: RegistryApp, context: RegistryContext): void {
  const { sweepBlobs } = context;
  const mayWrite = requireAccess(context, 'skills', 'write');

  app.post('/skills', mayWrite, async (c) => {
    const { namespace, slug, gitUrl } = await readBody(c, newSkillShape);
    await requireOwnedNamespace(context.db, namespace, c.var.access);
    const name = { namespace, slug };
    const { by } = c.var;
    const { skill } = await saveFromGit(context, { name, gitUrl, by, replace: false });
    const { updatedAt: _, externalStars: __, ...created } = toStoredSkill(skill);
    return c.json({ ...created, gitUrl: skill.git_url ?? '' } satisfies SkillCreateResponse);
  });

  app.put('/skills/:namespace/:slug', mayWrite, async (c) => {
    const name = await requireOwnPlace(c, context);
    const { gitUrl } = await readBody(c, gitSkillShape);
    const { by } = c.var;
    const { skill, isNew } = await saveFromGit(context, { name, gitUrl, by, replace: true });
    if (!isNew) sweepBlobs();
    return c.json(toStoredSkill(skill) satisfies SkillSetResponse, isNew ? 201 : 200);
  });

  app.post('/skills/:namespace/:slug/sync', mayWrite, async (c) => {
    const { git_url, namespace, slug } = await requireOwnSkill(c, context);
    if (git_url === null) {
      throw new RegistryError(422, 'This skill was uploaded and has no gitUrl to read again: upload it anew');
    }
    const name = { namespace, slug };
    const { by } = c.var;
    const saved = await saveFromGit(context, { name, gitUrl: git_url, by, replace: true });
    const { createdAt: _, listed: __, ...synced } = toStoredSkill(saved.skill);
    return c.json({ ...synced, gitUrl: git_url } satisfies SkillSyncResponse);
  });
}

async function saveFromGit(
  context: RegistryContext,
  { name, gitUrl: text, by, replace }: { name: SkillName; gitUrl: unknown; by: Author; replace: boolean },
) {
  const source = parseGitUrl(text);
  const document = await fetchDocument(context, source);
  const saved = await saveSkill(context.db, {
    name,
    content: { document, gitUrl: source.gitUrl, bundle: null },
    by,
    id: context.newId(),
    now: context.now(),
    replace,
  });
  if (saved === undefined) {
    throw new RegistryError(
      409,
      replace
        ? 'gitUrl: another skill has it already; delete that one first, or give another folder'
        : 'There is a skill of this slug or gitUrl already: change it with PUT /skills/{namespace}/{slug}',
    );
  }
  return saved;
}
