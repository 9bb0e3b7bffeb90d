import { CLIENT_HEADER, PAGE_SECRET_HEADER, UNATTENDED_HEADER } from '#contract/api-paths.ts';
import { isAttended } from './attendance.ts';
import { readPageSecret } from './page-secret.ts';

/** The headers of every call of the gateway. */
export function ownHeaders(): Record<string, string> {
  const secret = readPageSecret();
  return {
    [CLIENT_HEADER.name]: CLIENT_HEADER.value,
    ...(secret === undefined ? {} : { [PAGE_SECRET_HEADER]: secret }),
    ...(isAttended() ? {} : { [UNATTENDED_HEADER]: '1' }),
  };
}
