import { registryPaths } from '#contract/api-paths.ts';
import type { Settlement } from '#gateway/operations/operation-store.ts';
import type { ServerCheck } from '#gateway/registry/server-check.ts';
import type { ChangeKind, JudgedEntry } from './change-kind.ts';
import { namesServer, serverAnswer } from './server-answers.ts';
import {
  another,
  applied,
  compareServers,
  inconclusive,
  judgeGone,
  judgeOwnership,
  moved,
  refused,
} from './settlements.ts';

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
    if (check.seen !== 'absent' && check.seen !== 'present') return undefined;
    const { meant } = check;
    if (meant.at === 'name' && meant.qualifiedName !== entry.target) {
      return moved('refused', entry, meant.qualifiedName);
    }
    return check.seen === 'absent' ? judgeAbsence(entry, check) : judgePresence(entry, check, patient);
  },
  answer: { from: 'entry', of: serverAnswer },
  words: {
    notDone: () => 'The server was not deleted.',
    open: (target) => `Whether ${target} was deleted is not known yet.`,
    inconclusive: (target) => `Whether this delete ended ${target} is not known.`,
    another: 'Another server has this name now. Nothing was sent; look at it before you delete it.',
  },
};

function judgeAbsence(
  entry: JudgedEntry,
  { meant, movedTo }: Extract<ServerCheck, { seen: 'absent' }>,
): Settlement | undefined {
  const { status } = entry;
  // Unclear, or the list still has it under the name.
  if (meant.at === 'unclear' || meant.at === 'name') return undefined;
  if (movedTo !== null) return moved('inconclusive', entry, movedTo);
  const isNowhere = meant.at === 'nowhere';
  // Without its id, a server that was deleted looks like one that was moved, or never there.
  return isNowhere && status !== 404 ? applied('nowhere', status) : judgeGone(entry, isNowhere);
}

function judgePresence(
  entry: JudgedEntry,
  check: Extract<ServerCheck, { seen: 'present' }>,
  patient: boolean,
): Settlement | undefined {
  const found = compareServers(entry, check);
  // Asked once more, the registry may tell under which name the one that was meant lives on.
  if (found === 'another') return patient || check.meant.at !== 'unclear' ? another(entry) : undefined;
  const notOwned = judgeOwnership(entry, check);
  if (notOwned !== undefined) return notOwned;
  if (found === 'unknown' || !patient) return undefined;
  return found === 'same'
    ? refused('still-there', entry.status, 'When it was checked, the server was still there.')
    : inconclusive(
        'uncompared',
        entry.status,
        'A server of this name is there. Whether it is the same one could not be compared.',
      );
}
