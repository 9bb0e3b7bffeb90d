import { registryPaths } from '#contract/api-paths.ts';
import { isRecord } from '#gateway/registry/response-parsing.ts';
import { releaseInPath } from '#gateway/http/release-in-path.ts';
import type { ChangeKind } from './change-kind.ts';
import {
  another,
  applied,
  compareServers,
  judgeGone,
  judgeOwnership,
  moved,
  refused,
} from './settlements.ts';

// What of a release says that it waits no more. One that failed, was cancelled or timed out may have done so while it waited.
const GOES_ON: ReadonlySet<unknown> = new Set(['QUEUED', 'WORKING', 'SUCCESS']);

/** Lets a release go on that waits for a sign-in. */
export const resumeRelease: ChangeKind = {
  action: 'resume-release',
  method: 'POST',
  pattern: '/servers/:name/releases/:id/resume',
  path: (target, { release }) => registryPaths.resumeRelease(target, String(release)),
  body: { form: 'path', read: (c) => ({ release: releaseInPath(c) }) },
  // A registry refuses it where the release does not wait.
  repeatable: true,
  confirms: ({ deploymentId }, _target, { release }) => deploymentId === release,
  part: { path: registryPaths.releases, fields: standOfReleases },
  expects: ({ release }) => ({ [fieldOf(release)]: 'goes on' }),
  judge(entry, { check, patient, compare }) {
    if (check.seen !== 'absent' && check.seen !== 'present') return undefined;
    const { status, message, target } = entry;
    const { meant } = check;
    if (check.seen === 'absent') {
      // Unclear, or the list still has it under the name.
      if (meant.at === 'unclear' || (meant.at === 'name' && meant.qualifiedName === target)) return undefined;
      const movedTo = meant.at === 'name' ? meant.qualifiedName : check.movedTo;
      if (movedTo !== null) return moved(status === 404 ? 'refused' : 'inconclusive', entry, movedTo);
      return judgeGone(entry, meant.at === 'nowhere');
    }
    const isAnother = compareServers(entry, check) === 'another';
    if (isAnother) return patient || meant.at !== 'unclear' ? another(entry) : undefined;
    const notOwned = judgeOwnership(entry, check);
    if (notOwned !== undefined) return notOwned;
    const found = compare(check.fields);
    if (found === 'as-asked') return applied('as-asked', status);
    if (!patient) return undefined;
    if (found === 'as-before') {
      return refused('as-before', status, 'When it was checked, the release waited as before.');
    }
    // The server is there, so it is the release that is not.
    return status === 404 ? refused(null, 404, message) : undefined;
  },
  // What the registry adds is to be read of the release itself.
  answer: { from: 'entry', of: () => ({}) },
  words: {
    notDone: () => 'The release was not resumed.',
    open: (target) => `Whether the release of ${target} was resumed is not known yet.`,
    inconclusive: (target) => `Whether the release of ${target} was resumed is not known.`,
    another: 'Another server has this name now. Nothing was sent; look at it before you resume its release.',
  },
};

/** By release of a list: `goes on`, or since when it waits. One of which neither is known is left out. */
function standOfReleases(answer: unknown): Record<string, string> {
  const releases = isRecord(answer) && Array.isArray(answer['releases']) ? answer['releases'] : [];
  const stand: Record<string, string> = {};
  for (const release of releases) {
    if (!isRecord(release)) continue;
    const { id, status, updatedAt } = release;
    if (GOES_ON.has(status)) stand[fieldOf(id)] = 'goes on';
    // The time of the last change of its status: one that went on meanwhile, and waits again, has another.
    else if (status === 'AUTH_REQUIRED' && typeof updatedAt === 'string') {
      stand[fieldOf(id)] = `waits since ${updatedAt}`;
    }
  }
  return stand;
}

function fieldOf(release: unknown): string {
  return `release ${String(release)}`;
}
