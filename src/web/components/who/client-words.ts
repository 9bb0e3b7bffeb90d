import type { ClientIdentity } from '#contract/connected-clients.ts';

/** What to call a client. */
export function clientName({ name, verifiedHost }: ClientIdentity): string {
  return name ?? verifiedHost ?? 'Unnamed client';
}

/** Where it is told of the answer, in words. */
export function redirectWords({ redirectTo }: ClientIdentity): string {
  if (redirectTo === null) return 'A program on this computer';
  return redirectTo.endsWith(':')
    ? `The program that opens ${redirectTo} links on this computer`
    : redirectTo;
}
