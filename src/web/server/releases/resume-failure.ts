import type { Operation, OperationFinding } from '#contract/operations.ts';
import { ApiError } from '#web/api/calling/call-api.ts';
import { operationOutcome } from '#web/components/outcomes/operation-outcome.ts';
import { ownEntry } from '#web/lib/own-entry.ts';

/** A resume that failed, in words. */
export interface ResumeFailure {
  title: string;
  /** What was not done and what to do next. */
  text: string;
  /** True where it may have been done, and can be asked for. */
  isOpen: boolean;
  requestId: string | null;
  /** The name that the server has now, where it was moved. */
  movedTo?: string;
}

const NOT_RESUMED = 'The release was not resumed';

/** Says what a failed resume of a release of this server means. The registry's own words are quoted, never interpreted. */
export function describeResumeFailure(error: Error, qualifiedName: string): ResumeFailure {
  const isOpen = !(error instanceof ApiError) || error.code === 'outcome-unknown';
  const requestId = error instanceof ApiError ? error.requestId : null;
  const movedTo = error instanceof ApiError ? error.operation?.movedTo : undefined;
  const words = error instanceof ApiError ? describe(error, qualifiedName) : unexpected();
  return { ...words, isOpen, requestId, ...(movedTo === undefined ? {} : { movedTo }) };
}

type Words = Pick<ResumeFailure, 'title' | 'text'>;

function describe(error: ApiError, name: string): Words {
  const { code, message, status, operation } = error;
  if (code === 'offline') return { title: 'You are offline', text: 'Nothing was sent, and nothing resumed.' };
  if (code === 'outcome-unknown') {
    return {
      title: 'Whether the release was resumed is not known',
      text: 'The registry did not say, and could not be asked. To resume it again does no harm: a release that does not wait is left as it is.',
    };
  }
  const found = operation === null ? undefined : describeFinding(operation, name);
  if (found !== undefined) return found;
  if (status === 401) {
    const text = 'Nothing was resumed. Once you are signed in again, resume it anew.';
    return { title: 'Your session ended', text };
  }
  const text =
    code === 'registry-refused'
      ? `The registry answered ${status}: “${message}”. Nothing was resumed.`
      : message;
  if (status === 403) return { title: 'This key may not resume the release', text };
  if (status === 429) return { title: 'The registry asks to slow down', text };
  return { title: NOT_RESUMED, text };
}

// What it means is said by the one table of outcomes; here is the title.
function describeFinding(operation: Operation, name: string): Words | undefined {
  const another = `Another server now has the name ${name}`;
  const none = `There is no server ${name} now`;
  const titles: Partial<Record<OperationFinding, string>> = {
    'as-before': NOT_RESUMED,
    'not-owned': NOT_RESUMED,
    moved: operation.state === 'refused' ? `${name} was moved` : `${name} may have been moved`,
    'another-there': another,
    recreated: another,
    nowhere: none,
    gone: none,
  };
  const title = operation.finding === null ? undefined : ownEntry(titles, operation.finding);
  return title === undefined ? undefined : { title, text: operationOutcome(operation).meaning ?? '' };
}

function unexpected(): Words {
  return { title: 'The release may not have been resumed', text: 'Something failed in this page.' };
}
