import type { ReleaseGetResponse, ReleaseListResponse } from '@smithery/api/resources/servers/releases';
import type { Selectable } from 'kysely';
import type { ReleaseLogRow } from '#database/registry-tables.ts';
import type { ShownRelease } from './release-store.ts';

/** A release as lists answer it. */
export function toRelease(release: ShownRelease, mcpUrl: string): ReleaseListResponse {
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

/** One line of a pipeline's log. */
export function toLogEntry({
  stage,
  level,
  message,
  timestamp,
  error,
}: Selectable<ReleaseLogRow>): ReleaseGetResponse.Log {
  return { stage, level, message, timestamp, ...(error === null ? {} : { error: { message: error } }) };
}
