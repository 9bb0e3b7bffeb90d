/** Every status of a release that the official client names; its own type for it is any text. */
export const RELEASE_STATUSES = [
  'QUEUED',
  'WORKING',
  'SUCCESS',
  'FAILURE',
  'FAILURE_SCAN',
  'AUTH_REQUIRED',
  'AUTH_TIMEOUT',
  'CANCELLED',
  'INTERNAL_ERROR',
] as const;
export type ReleaseStatus = (typeof RELEASE_STATUSES)[number];
