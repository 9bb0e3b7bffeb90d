import type { ReleaseGetResponse, ReleaseListResponse } from '@smithery/api/resources/servers/releases';
import type { Selectable } from 'kysely';
import type { ReleaseLogRow, ReleaseRow } from '#database/registry-tables.ts';
import { ApiError } from '#registry/api-error.ts';
import { requireKey } from '#registry/auth.ts';
import type { RegistryApp, RegistryContext } from '#registry/context.ts';
import { links } from '#registry/links.ts';
import { pageParams, paginationOf } from '#registry/pagination.ts';
import { isPrintable } from '#registry/texts.ts';
import { requireOwnedServer } from '#registry/servers/owned-server.ts';
import { findRelease, listReleases } from './release-store.ts';

/** `/servers/{qualifiedName}/releases` and `/releases/{id}`: for the owner alone, as all that happens behind a server. */
export function addReleaseRoutes(app: RegistryApp, context: RegistryContext): void {
  const { db, publicUrl } = context;
  const authenticate = requireKey(context);

  app.get('/servers/:qualifiedName/releases', authenticate, async (c) => {
    const page = pageParams(new URL(c.req.url).searchParams, { defaultSize: 20, maxSize: 100 });
    const { rid, qualifiedName } = await requireOwnedServer(c, db);
    const { releases, totalCount } = await listReleases(db, rid, page);
    const mcpUrl = links.mcp(publicUrl, qualifiedName);
    return c.json({
      releases: releases.map((release) => toRelease(release, mcpUrl)),
      pagination: paginationOf(page, totalCount),
    });
  });

  app.get('/servers/:qualifiedName/releases/:id', authenticate, async (c) => {
    const { rid, qualifiedName } = await requireOwnedServer(c, db);
    const id = c.req.param('id');
    const found = isPrintable(id) ? await findRelease(db, rid, id) : undefined;
    if (found === undefined) throw new ApiError(404, 'Release not found');
    const mcpUrl = links.mcp(publicUrl, qualifiedName);
    return c.json({
      ...toRelease(found.release, mcpUrl),
      logs: found.logs.map(toLogEntry),
    } satisfies ReleaseGetResponse);
  });
}

function toRelease(release: Selectable<ReleaseRow>, mcpUrl: string): ReleaseListResponse {
  return {
    id: release.id,
    status: release.status,
    type: release.type,
    commit: release.commit_sha,
    commitMessage: release.commit_message,
    branch: release.branch,
    ...(release.type === 'external_shttp' ? { upstreamUrl: release.upstream_url } : {}),
    mcpUrl,
    createdAt: release.created_at,
    updatedAt: release.updated_at,
  };
}

function toLogEntry({
  stage,
  level,
  message,
  timestamp,
  error,
}: Selectable<ReleaseLogRow>): ReleaseGetResponse.Log {
  return { stage, level, message, timestamp, ...(error === null ? {} : { error: { message: error } }) };
}
