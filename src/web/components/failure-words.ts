import { ApiError } from '#web/api/call-api.ts';

/** Why something failed, in words for a person; an error of this page's own has none that are. */
export function failureWords(error: Error): string {
  return error instanceof ApiError ? error.message : 'Something failed in this page. Nothing was changed.';
}
