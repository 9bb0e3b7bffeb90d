import { ApiError } from '#web/api/calling/call-api.ts';

/** Why something failed, in words for a person; an error of this page's own has none that are. */
export function failureWords(error: Error): string {
  // What a page needs of its own code is fetched when it is first gone to.
  if (!(error instanceof ApiError) && !navigator.onLine) return 'You are offline. Nothing was changed.';
  return error instanceof ApiError ? error.message : 'Something failed in this page. Nothing was changed.';
}
