import { registryPaths } from '#contract/api-paths.ts';
import type { ChangeKind, JudgedEntry } from './change-kind.ts';
import { namesServer, serverAnswer } from './server-answers.ts';
import { applied, judgeIdentity, judgeOwnership, refused } from './settlements.ts';

/** Deletes a server with all that belongs to it, for good. */
export const deleteServer: ChangeKind = {
  action: 'delete-server',
  method: 'DELETE',
  pattern: '/servers/:name',
  path: registryPaths.server,
  body: { form: 'none' },
  // A second delete would hit whatever has the name by then.
  repeatable: false,
  confirms: namesServer,
  judge(entry, { check, patient }) {
    if (check.seen === 'absent') return judgeAbsence(entry);
    if (check.seen !== 'present') return undefined;
    const settlement = judgeOwnership(entry) ?? judgeIdentity(entry, check.id);
    if (settlement !== undefined || !patient) return settlement;
    const compared = entry.target_id !== null && check.id !== null;
    return refused(
      'still-there',
      entry.status,
      compared
        ? 'The server is still there: it was not deleted.'
        : 'A server of this name is there. Whether it is the same one could not be compared.',
    );
  },
  answer: { from: 'entry', of: serverAnswer },
  words: {
    notDone: () => 'The server was not deleted.',
    open: (target) => `Whether ${target} was deleted is not known yet.`,
    another: 'Another server has this name now. Nothing was sent; look at it before you delete it.',
  },
};

function judgeAbsence({ status, target, target_id: seenId, message }: JudgedEntry) {
  if (status === 404) return refused('gone', 404, message);
  // Never seen, so it may never have been there: no success of ours.
  if (seenId === null) return refused('gone', status, `There is no server ${target}.`);
  return applied('gone', status);
}
