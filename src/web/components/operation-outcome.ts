import type { Operation, OperationAction, OperationFinding } from '#contract/operations.ts';
import { ownEntry } from '#web/lib/own-entry.ts';
import type { Tone } from '#web/ui/badge.tsx';

interface ActionWords {
  /** What was asked, before the server's name. */
  asked: string;
  /** The same inside a sentence: "may not … it". */
  verb: string;
  underWay: string;
  done: string;
  notDone: string;
  nothingDone: string;
  /** Whether the server is no more once it is done. */
  endsServer: boolean;
}

const actions: Readonly<Record<OperationAction, ActionWords>> = {
  'delete-server': {
    asked: 'Delete',
    verb: 'delete',
    underWay: 'Deleting',
    done: 'Deleted',
    notDone: 'Not deleted',
    nothingDone: 'Nothing was deleted.',
    endsServer: true,
  },
  'update-server': {
    asked: 'Update',
    verb: 'update',
    underWay: 'Updating',
    done: 'Updated',
    notDone: 'Not updated',
    nothingDone: 'Nothing was changed.',
    endsServer: false,
  },
};

/** The words for what an owner can ask for; an action that a newer gateway knows is called by its own name. */
export function actionWords(action: string): ActionWords {
  return (
    ownEntry(actions, action) ?? {
      asked: action,
      verb: 'change',
      underWay: 'Under way',
      done: 'Done',
      notDone: 'Not done',
      nothingDone: 'Nothing was changed.',
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

/** What became of an operation, in words for a person. */
export function operationOutcome({ action, state, finding, status, checking }: Operation): OperationOutcome {
  const words = actionWords(action);
  if (state === 'sending') {
    const meaning = 'Sent to the registry, which has not answered yet.';
    return { word: words.underWay, tone: 'warning', meaning };
  }
  if (state === 'applied') {
    const meaning = finding === null ? undefined : ownEntry(foundDone, finding);
    return { word: words.done, tone: 'success', meaning };
  }
  if (state === 'refused') {
    const found = finding === null ? undefined : ownEntry(refusals(words), finding);
    return found ?? { word: 'Refused', tone: 'danger', meaning: refusalByStatus(status, words) };
  }
  return checking
    ? { word: 'Unknown, checking', tone: 'warning', meaning: 'No clear answer came. Touchmark is checking.' }
    : { word: 'Unknown', tone: 'warning', meaning: 'No clear answer came, and nobody could find out.' };
}

// What a later check found where the change was done after all.
const foundDone: Readonly<Partial<Record<OperationFinding, string>>> = {
  gone: 'No clear answer came, but a later check found it gone.',
  'as-asked': 'No clear answer came, but a later check found the server as you asked.',
};

// Undefined: such a finding is no reason for a refusal, so the status says why.
function refusals({ notDone }: ActionWords): Record<OperationFinding, OperationOutcome | undefined> {
  return {
    confirmed: undefined,
    'as-asked': undefined,
    gone: { word: 'Already gone', tone: 'neutral', meaning: 'There was no such server any more.' },
    'not-owned': { word: 'Refused', tone: 'danger', meaning: 'It exists, but this key does not own it.' },
    recreated: {
      word: 'Stopped',
      tone: 'warning',
      meaning: 'Another server was created under this name. The new one was left alone.',
    },
    'still-there': { word: notDone, tone: 'danger', meaning: 'A later check found the server unchanged.' },
    'as-before': {
      word: notDone,
      tone: 'danger',
      meaning: 'A later check found the server as it was before.',
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
  if (status === 403) return `This key may not ${verb} it. ${nothingDone}`;
  if (status === 429) return `The registry asked to slow down. ${nothingDone}`;
  return nothingDone;
}
