import type {
  ReleaseDeployResponse,
  ReleaseGetResponse,
  ReleaseResumeResponse,
} from '@smithery/api/resources/servers/releases';
import { z } from 'zod';
import { RegistryError, wrongField } from '#registry/http/registry-error.ts';
import { requireAccess } from '#registry/access/authentication.ts';
import type { RegistryApp, RegistryContext } from '#registry/context.ts';
import { readBody, readQuery } from '#registry/http/shapes.ts';
import { links } from '#registry/http/links.ts';
import { pageFields, paginationOf } from '#registry/http/pagination.ts';
import { isPrintable } from '#registry/http/printable.ts';
import { requireOwnedServer } from '#registry/servers/owned-server.ts';
import { parsePayload, resumeShape, type ParsedPayload } from '#registry/release-queue/release-payload.ts';
import { earlyOutcome } from './early-outcome.ts';
import { toLogEntry, toRelease } from './release-response.ts';
import { findRelease, listReleases } from './release-store.ts';
import { streamRelease } from './release-stream.ts';
import { enqueueRelease, resumeRelease } from '#registry/release-queue/enqueue-release.ts';
import { requireReleasableServer } from './releasable-server.ts';
import { requireSecrets } from '#registry/secrets/upstream-headers.ts';
import { readReleaseUpload } from './release-upload.ts';

const pageShape = z.object(pageFields({ defaultSize: 20, maxSize: 100 }));

/** `/servers/{qualifiedName}/releases` and below: for the owner alone, as all that happens behind a server. */
export function addReleaseRoutes(app: RegistryApp, context: RegistryContext): void {
  const { db, publicUrl, now, newId, blobs, limits, releaseWorker, releaseFollowers, traffic } = context;
  const mayRead = requireAccess(context, 'servers', 'read');
  const mayWrite = requireAccess(context, 'servers', 'write');

  app.get('/servers/:qualifiedName/releases', mayRead, async (c) => {
    const page = readQuery(c, pageShape);
    const { rid, qualifiedName } = await requireOwnedServer(c, context);
    const { releases, totalCount } = await listReleases(db, rid, page);
    const mcpUrl = links.mcp(publicUrl, qualifiedName);
    return c.json({
      releases: releases.map((release) => toRelease(release, mcpUrl)),
      pagination: paginationOf(page, totalCount),
    });
  });

  app.put('/servers/:qualifiedName/releases', mayWrite, async (c) => {
    const server = await requireReleasableServer(c, db);
    const upload = await readReleaseUpload(c.req.raw, { blobs, maxBundleBytes: limits.maxBundleBytes });
    const { payload, credentials, upstreamHeaders, warnings } = parsePayload(upload.payload);
    checkBundle(payload, upload.bundle !== null);
    if (upstreamHeaders !== null) await requireSecrets(db, server.rid, upstreamHeaders);
    warnings.push(...upload.ignored.map((part) => `${part.slice(0, 100)}: is not needed and was ignored`));
    const id = newId();
    if (credentials !== null) releaseWorker.keepCredentials(id, credentials);
    try {
      const cancelled = await enqueueRelease(db, {
        id,
        server,
        scope: c.var.access,
        by: c.var.by,
        payload,
        upstreamHeaders,
        bundle: upload.bundle,
        lease: releaseWorker.lease(),
        now: now(),
        quotas: limits.quotas,
      });
      for (const superseded of cancelled) releaseWorker.drop(superseded);
    } catch (error) {
      releaseWorker.drop(id);
      if (upload.bundle !== null) context.sweepBlobs();
      throw error;
    }
    releaseWorker.wake();
    // Many fail or are live at once, and a script that only reads this answer is to hear it.
    const status = await earlyOutcome({
      releaseId: id,
      followers: releaseFollowers,
      waitMs: limits.earlyOutcomeMs,
      signal: c.req.raw.signal,
      warnings,
    });
    return c.json(
      {
        deploymentId: id,
        mcpUrl: links.mcp(publicUrl, server.qualifiedName),
        status,
        ...(warnings.length === 0 ? {} : { warnings }),
      } satisfies ReleaseDeployResponse,
      202,
    );
  });

  app.get('/servers/:qualifiedName/releases/:id', mayRead, async (c) => {
    const { rid, qualifiedName } = await requireOwnedServer(c, context);
    const id = c.req.param('id');
    const found = isPrintable(id) ? await findRelease(db, rid, id) : undefined;
    if (found === undefined) throw releaseNotFound();
    const mcpUrl = links.mcp(publicUrl, qualifiedName);
    return c.json({
      ...toRelease(found.release, mcpUrl),
      logs: found.logs.map(toLogEntry),
    } satisfies ReleaseGetResponse);
  });

  app.get('/servers/:qualifiedName/releases/:id/stream', mayRead, async (c) => {
    const { rid, qualifiedName } = await requireOwnedServer(c, context);
    const id = c.req.param('id');
    const found = isPrintable(id) ? await findRelease(db, rid, id) : undefined;
    if (found === undefined) throw releaseNotFound();
    const mcpUrl = links.mcp(publicUrl, qualifiedName);
    const onEnd = await traffic.openStream(c.var.access.userId);
    return streamRelease(c, {
      releaseId: id,
      mcpUrl,
      followers: releaseFollowers,
      commentMs: limits.streamCommentMs,
      onEnd,
    });
  });

  app.post('/servers/:qualifiedName/releases/:id/resume', mayWrite, async (c) => {
    const server = await requireOwnedServer(c, context);
    const id = c.req.param('id');
    if (!isPrintable(id)) throw releaseNotFound();
    const { scanCredentials: credentials } = await readBody(c, resumeShape);
    const resumed = await resumeRelease(db, {
      server,
      scope: c.var.access,
      by: c.var.by,
      id,
      findCredentials: (releaseId) => {
        if (credentials !== undefined) releaseWorker.keepCredentials(releaseId, credentials);
        return releaseWorker.hasCredentials(releaseId);
      },
      lease: releaseWorker.lease(),
      now: now(),
    });
    if (resumed === undefined) throw releaseNotFound();
    if (resumed === null) {
      throw new RegistryError(
        400,
        'Release does not wait for a sign-in: only one in AUTH_REQUIRED can be resumed',
      );
    }
    releaseWorker.wake();
    return c.json({ deploymentId: resumed, status: 'QUEUED' } satisfies ReleaseResumeResponse, 202);
  });
}

function checkBundle({ type }: ParsedPayload['payload'], hasBundle: boolean): void {
  if (type === 'stdio' && !hasBundle) {
    throw wrongField('bundle', 'is missing; a release of type "stdio" needs an MCPB bundle');
  }
  if (type === 'external' && hasBundle) {
    throw wrongField('bundle', 'must not be sent with a release of type "external"');
  }
}

function releaseNotFound(): RegistryError {
  return new RegistryError(404, 'Release not found');
}
