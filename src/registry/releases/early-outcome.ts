import { RELEASE_HEADER } from '#contract/api-paths.ts';
import type { ReleaseStatus } from '#contract/release-statuses.ts';
import { RegistryError } from '#registry/http/registry-error.ts';
import type { ReleaseFollowers } from './release-followers.ts';

interface Wait {
  releaseId: string;
  followers: ReleaseFollowers;
  /** How long it is waited for an outcome, in milliseconds. */
  waitMs: number;
  /** Aborted where nobody waits any more. */
  signal: AbortSignal;
  /** What was wrong with it and was taken all the same. */
  warnings: readonly string[];
}

/**
 * How a new release stands as soon as it has ended or waits for its owner, or after this long. Throws where it failed by
 * then: a 422 with the reason and what to do, a 500 where that is the registry's fault. The release is kept all the same.
 */
export async function earlyOutcome(wait: Wait): Promise<ReleaseStatus> {
  const { releaseId, followers, waitMs, signal } = wait;
  const ending = AbortSignal.any([signal, AbortSignal.timeout(waitMs)]);
  let status: ReleaseStatus = 'QUEUED';
  for await (const state of followers.follow(releaseId, ending)) {
    ({ status } = state);
    if (status === 'QUEUED' || status === 'WORKING') continue;
    const code = refusalOf(status);
    if (code !== undefined) throw failed(code, wait, state.logs.at(-1));
    break;
  }
  return status;
}

// Not of one that was cancelled: it was in order, and a newer one took its place.
function refusalOf(status: ReleaseStatus): 422 | 500 | undefined {
  if (status === 'FAILURE' || status === 'FAILURE_SCAN') return 422;
  return status === 'INTERNAL_ERROR' ? 500 : undefined;
}

function failed(
  code: 422 | 500,
  { releaseId, warnings }: Wait,
  { message = 'The release failed', error = null }: { message?: string; error?: string | null } = {},
): RegistryError {
  const text = [message, ...(error === null ? [] : [error]), ...warnings]
    .map((sentence) => sentence.replace(/\.$/, ''))
    .join('. ');
  // The official client sends again what is answered with a 500, and each time would be another release.
  const headers = { [RELEASE_HEADER]: releaseId, ...(code === 500 ? { 'x-should-retry': 'false' } : {}) };
  return new RegistryError(code, `${text}.`, { headers });
}
