import type { SkillUploadResponse } from '@smithery/api/resources/skills';
import { storageProblem } from '#database/engine.ts';
import { RegistryError, wrongField } from '#registry/http/registry-error.ts';
import { requireAccess } from '#registry/access/authentication.ts';
import { bundleResponse } from '#registry/files/bundle-response.ts';
import { BlobTooLarge, type Blob, type BlobStore } from '#registry/files/blob-store.ts';
import type { RegistryApp, RegistryContext } from '#registry/context.ts';
import { takeUploadedFile } from '#registry/files/uploaded-file.ts';
import { parseGitUrl } from '#registry/skill-sources/git-source.ts';
import { checkBundleQuota } from '#registry/quotas/quota-checks.ts';
import { allowAnonymousRead } from '#registry/access/anonymous-read.ts';
import { inspectBundle, MAX_BUNDLE_BYTES, readBundleFile } from '#registry/skill-sources/skill-bundle.ts';
import { requireOwnPlace, requireVisibleSkill } from './skill-path.ts';
import { toStoredSkill } from './skill-response.ts';
import { saveSkill } from './skill-store.ts';

/** Skills as ZIP files: uploaded by their owners, and downloaded, whole or file by file, by everybody. */
export function addSkillBundleRoutes(app: RegistryApp, context: RegistryContext): void {
  const { db, blobs, now, newId, sweepBlobs, limits } = context;
  // The official command line looks for skills without a key, or with an empty one.
  const mayRead = allowAnonymousRead(context, 'skills');

  app.put('/skills/:namespace/:slug/upload', requireAccess(context, 'skills', 'write'), async (c) => {
    const name = await requireOwnPlace(c, context);
    const blob = await takeUploadedFile(c.req.raw, {
      field: 'archive',
      maxBytes: MAX_BUNDLE_BYTES,
      take: (bytes) => blobs.put(bytes, MAX_BUNDLE_BYTES).catch(refuse),
    });
    const { bundle, document } = await inspectBundle(blobs, blob);
    await checkBundleQuota(db, { namespace: name.namespace, defaults: limits.quotas, size: blob.size });
    const content = { document, bundle, gitUrl: null };
    const { by } = c.var;
    const saved = await saveSkill(db, { name, content, by, id: newId(), now: now(), replace: true });
    if (saved === undefined)
      throw new RegistryError(409, 'This skill was changed at the same moment: try again');
    if (!saved.isNew) sweepBlobs();
    return c.json(toStoredSkill(saved.skill) satisfies SkillUploadResponse, saved.isNew ? 201 : 200);
  });

  app.get('/skills/:namespace/:slug/download', mayRead, async (c) => {
    const { slug, git_url, bundle_hash, bundle_size } = await requireVisibleSkill(c, context);
    if (bundle_hash === null || bundle_size === null) {
      return c.redirect(parseGitUrl(git_url).archiveUrl, 302);
    }
    const bundle: Blob = { hash: bundle_hash, size: bundle_size };
    return bundleResponse(c, blobs, { ...bundle, fileName: `${slug}.zip` });
  });

  // The official command line shows files of a skill from here.
  app.get('/skills/:namespace/:slug/.well-known/skills/:path{.+}', mayRead, async (c) => {
    const { prompt, bundle_hash, bundle_folder } = await requireVisibleSkill(c, context);
    const path = c.req.param('path');
    const bytes = path === 'SKILL.md' ? prompt : await readFile(blobs, { bundle_hash, bundle_folder, path });
    if (bytes === undefined) throw new RegistryError(404, 'File not found in this skill');
    return c.body(bytes, 200, {
      'Content-Type': isText(bytes) ? 'text/plain; charset=utf-8' : 'application/octet-stream',
      // Shown as what it is and run by nothing: it stands at the address of the dashboard.
      'Content-Security-Policy': "default-src 'none'; sandbox",
      'X-Content-Type-Options': 'nosniff',
    });
  });
}

function refuse(error: unknown): never {
  if (error instanceof BlobTooLarge) {
    throw wrongField('archive', `must be at most ${MAX_BUNDLE_BYTES} bytes; leave out what it does not need`);
  }
  if (storageProblem(error) === 'full') {
    throw new RegistryError(502, "The bundle could not be stored: the registry's disk is full");
  }
  throw error;
}

async function readFile(
  blobs: BlobStore,
  {
    bundle_hash,
    bundle_folder,
    path,
  }: { bundle_hash: string | null; bundle_folder: string | null; path: string },
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (bundle_hash === null) return undefined;
  const bytes = await readBundleFile(blobs, { hash: bundle_hash, folder: bundle_folder ?? '', path });
  return bytes && new Uint8Array(bytes);
}

function isText(bytes: string | Uint8Array): boolean {
  if (typeof bytes === 'string') return true;
  try {
    return !new TextDecoder('utf-8', { fatal: true }).decode(bytes).includes('\0');
  } catch {
    return false;
  }
}
