import type { Operation, OperationAction, OperationFinding } from '#contract/operations.ts';
import { ownEntry } from '#web/lib/own-entry.ts';
import type { Tone } from '#web/ui/badge.tsx';

interface ActionWords {
  /** What was asked, before the server's name. */
  asked: string;
  /** The same inside a sentence: "may not …". */
  verb: string;
  underWay: string;
  done: string;
  /** Of the server that was meant. */
  notDone: string;
  nothingDone: string;
  /** What stays open where no check can tell. */
  leftOpen: string;
  /** What a later check found, where it found what was asked for, and where it found nothing changed. */
  asAsked: string;
  asBefore: string;
  /** Whether the server is no more once it is done. */
  endsServer: boolean;
}

const foundServer = {
  asAsked: 'found the server as you asked',
  asBefore: 'found the server as it was before',
};

const actions: Readonly<Record<OperationAction, ActionWords>> = {
  'delete-server': {
    asked: 'Delete',
    verb: 'delete it',
    underWay: 'Deleting',
    done: 'Deleted',
    notDone: 'It was not deleted.',
    nothingDone: 'Nothing was deleted.',
    leftOpen: 'Whether this delete ended it is not known.',
    ...foundServer,
    endsServer: true,
  },
  'update-server': {
    asked: 'Update',
    verb: 'update it',
    underWay: 'Updating',
    done: 'Updated',
    notDone: 'It was not updated.',
    nothingDone: 'Nothing was changed.',
    leftOpen: 'Whether it was updated is not known.',
    ...foundServer,
    endsServer: false,
  },
  'resume-release': {
    asked: 'Resume the release of',
    verb: 'resume its release',
    underWay: 'Resuming',
    done: 'Resumed',
    notDone: 'The release was not resumed.',
    nothingDone: 'Nothing was resumed.',
    leftOpen: 'Whether the release was resumed is not known.',
    asAsked: 'found that the release waits no more',
    asBefore: 'found that the release still waits, as before',
    endsServer: false,
  },
};

/**
 * The words for what an owner can ask for; an action that a newer gateway knows is called by its own name.
 *
 * @internal
 */
export function actionWords(action: string): ActionWords {
  return (
    ownEntry(actions, action) ?? {
      asked: action,
      verb: 'change it',
      underWay: 'Under way',
      done: 'Done',
      notDone: 'It was not done.',
      nothingDone: 'Nothing was changed.',
      leftOpen: 'Whether it was done is not known.',
      ...foundServer,
      endsServer: false,
    }
  );
}

export interface OperationOutcome {
  word: string;
  tone: Tone;
  /** What it means for the server; undefined where the word says it all. */
  meaning: string | undefined;
}

/** What became of an operation, in words for a person. They may say less than is so, never more. */
export function operationOutcome(operation: Operation): OperationOutcome {
  const { action, state, finding, status, checking } = operation;
  const words = actionWords(action);
  if (state === 'sending') {
    const meaning = 'On its way to the registry, which has not answered yet.';
    return { word: words.underWay, tone: 'warning', meaning };
  }
  if (state === 'applied') {
    const found = finding === null ? undefined : ownEntry(foundDone(words), finding);
    return found ?? { word: words.done, tone: 'success', meaning: undefined };
  }
  if (state === 'refused' || state === 'inconclusive') {
    const found = finding === null ? undefined : ownEntry(foundOtherwise(operation), finding);
    if (found !== undefined) return found;
    return state === 'refused'
      ? { word: 'Refused', tone: 'danger', meaning: refusalByStatus(status, words) }
      : { word: 'Not known', tone: 'warning', meaning: words.leftOpen };
  }
  return checking
    ? { word: 'Unknown, checking', tone: 'warning', meaning: 'No clear answer came. Touchmark is checking.' }
    : { word: 'Unknown', tone: 'warning', meaning: 'No clear answer came, and nobody could find out.' };
}

// What a later check found where what was asked for is so.
function foundDone({ done, asAsked }: ActionWords): Partial<Record<OperationFinding, OperationOutcome>> {
  return {
    nowhere: {
      word: 'Gone',
      tone: 'success',
      meaning: 'No clear answer came. A later check found it gone, very probably by this delete.',
    },
    // Of an earlier version, which did not ask for it under other names.
    gone: {
      word: 'Not there',
      tone: 'neutral',
      meaning: 'No clear answer came. A later check found no server of this name.',
    },
    'as-asked': {
      word: done,
      tone: 'success',
      meaning: `No clear answer came, but a later check ${asAsked}.`,
    },
  };
}

// Undefined: such a finding is no reason by itself, so the status says why.
function foundOtherwise(operation: Operation): Record<OperationFinding, OperationOutcome | undefined> {
  const { action, state, status, checkedAt } = operation;
  const { notDone, nothingDone, leftOpen, asBefore, endsServer } = actionWords(action);
  const open = (meaning: string): OperationOutcome => ({
    word: 'Not known',
    tone: 'warning',
    meaning: `${meaning} ${leftOpen}`,
  });
  const anotherThere: OperationOutcome = {
    word: 'Not known',
    tone: 'warning',
    meaning: endsServer
      ? 'Another server has this name now. Whether this delete ended the earlier one is not known.'
      : `Another server has this name now. ${leftOpen}`,
  };
  return {
    confirmed: undefined,
    'as-asked': undefined,
    nowhere: {
      word: 'Already gone',
      tone: 'neutral',
      meaning:
        status === 404
          ? 'The registry answered 404, and a check found no such server any more.'
          : `A later check found no such server any more. ${leftOpen}`,
    },
    gone: {
      word: 'Not there',
      tone: 'neutral',
      meaning:
        status === 404
          ? 'The registry answered 404, and a check found no server of this name.'
          : 'No clear answer came, and no server has this name now: it was deleted, moved, or never there.',
    },
    moved: {
      word: 'Moved',
      tone: 'warning',
      meaning:
        state === 'refused'
          ? `It has another name now. ${notDone}`
          : `The registry says that it has another name now. ${leftOpen}`,
    },
    'another-there': anotherThere,
    uncompared: open('A server of this name is there. Whether it is the same one could not be compared.'),
    // Entries of an earlier version have it also for what was sent and then checked.
    recreated:
      checkedAt === null
        ? {
            word: 'Stopped',
            tone: 'warning',
            meaning: 'Another server has this name now. Nothing was sent.',
          }
        : anotherThere,
    'not-owned': { word: 'Refused', tone: 'danger', meaning: 'It exists, but this key does not own it.' },
    'still-there': {
      word: 'Still there',
      tone: 'danger',
      meaning: 'A later check still found a server of this name.',
    },
    'as-before': {
      word: 'As before',
      tone: 'danger',
      meaning: `No clear answer came. A later check ${asBefore}.`,
    },
    'not-sent': {
      word: 'Not sent',
      tone: 'danger',
      meaning: `The database failed before it was sent. ${nothingDone}`,
    },
    'not-sent-whole': {
      word: 'Not sent whole',
      tone: 'danger',
      meaning: 'Not all of it reached the registry, so nothing was done.',
    },
  };
}

function refusalByStatus(status: number | null, { verb, nothingDone }: ActionWords): string {
  if (status === 401) return `The key was not accepted. ${nothingDone}`;
  if (status === 403) return `This key may not ${verb}. ${nothingDone}`;
  if (status === 429) return `The registry asked to slow down. ${nothingDone}`;
  return nothingDone;
}
