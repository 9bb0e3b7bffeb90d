import { ApiError } from '#web/api/call-api.ts';

/** A failed delete in words. */
export interface DeleteFailure {
  title: string;
  /** What was not done and what to do next. */
  text: string;
  /** `retry`: send anew. `check`: only ask what became of it. `stop`: this dialog is about a server that is gone. */
  next: 'retry' | 'check' | 'stop';
  requestId: string | null;
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
  const { code, message, status } = error;
  const words = `The registry answered ${status}: “${message}”.`;
  const refused = (title: string, text: string): Words => ({ title, text, next: 'retry' });

  if (code === 'offline') return refused('You are offline', `Nothing was sent, and ${name} was not deleted.`);
  if (code === 'outcome-unknown') return unknown(name);
  if (code === 'server-changed' || error.operation?.finding === 'recreated') return recreated(name);
  if (error.operation?.finding === 'not-owned') {
    return refused(`${name} was not deleted: it exists, but this key does not own it`, words);
  }
  if (error.operation?.finding === 'still-there') {
    return refused(`${name} was not deleted`, 'The registry still has it, unchanged. You can try again.');
  }
  if (status === 401) return refused('Your session ended', 'Nothing was deleted. Sign in again to continue.');
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

function recreated(name: string): Words {
  return {
    title: `Another server now has the name ${name}`,
    text: 'The server you were looking at is gone, and one was created under its name since. The new one was left alone.',
    next: 'stop',
  };
}

function unexpected(name: string): Words {
  return {
    title: `${name} may not have been deleted`,
    text: 'Something failed in this page.',
    next: 'check',
  };
}
