import type { Operation, OperationFinding } from '#contract/operations.ts';
import { ApiError } from '#web/api/calling/call-api.ts';
import { operationOutcome } from '#web/components/outcomes/operation-outcome.ts';
import { ownEntry } from '#web/lib/own-entry.ts';

/** A failed delete in words. */
export interface DeleteFailure {
  title: string;
  /** What was not done and what to do next. */
  text: string;
  /** `retry`: send anew. `check`: only ask what became of it. `stop`: what this dialog shows is not what is there now. */
  next: 'retry' | 'check' | 'stop';
  requestId: string | null;
  /** The name that the server has now, where it was moved. */
  movedTo?: string;
}

/** Says what a failed delete of this server means. The registry's own words are quoted, never interpreted. */
export function describeDeleteFailure(error: Error, qualifiedName: string): DeleteFailure {
  if (!(error instanceof ApiError)) {
    return { ...unexpected(qualifiedName), requestId: null };
  }
  return { ...describe(error, qualifiedName), requestId: error.requestId };
}

type Words = Omit<DeleteFailure, 'requestId'>;

function describe(error: ApiError, name: string): Words {
  const { code, message, status, operation } = error;
  const words = `The registry answered ${status}: “${message}”.`;
  const refused = (title: string, text: string): Words => ({ title, text, next: 'retry' });

  if (code === 'offline') return refused('You are offline', `Nothing was sent, and ${name} was not deleted.`);
  if (code === 'outcome-unknown') return unknown(name);
  const found = operation === null ? undefined : describeFinding(operation, name, words);
  if (found !== undefined) return found;
  if (code === 'server-changed') return stopped(name);
  if (status === 401)
    return refused(
      'Your session ended',
      'Nothing was deleted. Once you are signed in again, confirm it anew.',
    );
  if (status === 403) return refused(`This key may not delete ${name}`, `${words} Nothing was deleted.`);
  if (status === 429) {
    return refused('The registry asks to slow down', `${words} Nothing was deleted.`);
  }
  return refused(
    `${name} was not deleted`,
    code === 'registry-refused' ? `${words} Nothing was deleted.` : message,
  );
}

function unknown(name: string): Words {
  return {
    title: 'The outcome is unknown',
    text: `The registry did not say whether ${name} was deleted, and could not be asked. It will not be sent again by itself.`,
    next: 'check',
  };
}

function stopped(name: string): Words {
  return {
    title: `Another server now has the name ${name}`,
    text: 'Nothing was sent. Look at it before you delete it.',
    next: 'stop',
  };
}

// What it means for the server is said by the one table of outcomes; here is what the dialog adds to it.
function describeFinding(operation: Operation, name: string, answer: string): Words | undefined {
  const { finding, checkedAt, movedTo, state } = operation;
  const over = (title: string): Words => ({
    title,
    text: operationOutcome(operation).meaning ?? '',
    next: 'stop',
  });
  const anotherThere = over(`Another server now has the name ${name}`);
  const found: Partial<Record<OperationFinding, Words>> = {
    'not-owned': {
      title: `${name} was not deleted: it exists, but this key does not own it`,
      text: `${answer} Nothing was deleted, and trying again would change nothing.`,
      next: 'stop',
    },
    'still-there': {
      title: `${name} is still there`,
      text: 'A check found it under its name: so far it was not deleted. You can try again.',
      next: 'retry',
    },
    moved: {
      ...over(state === 'refused' ? `${name} was moved, not deleted` : `${name} may have been moved`),
      ...(movedTo === undefined ? {} : { movedTo }),
    },
    'another-there': anotherThere,
    recreated: checkedAt === null ? stopped(name) : anotherThere,
    uncompared: over(`Whether ${name} was deleted is not known`),
  };
  return finding === null ? undefined : ownEntry(found, finding);
}

function unexpected(name: string): Words {
  return {
    title: `${name} may not have been deleted`,
    text: 'Something failed in this page.',
    next: 'check',
  };
}
