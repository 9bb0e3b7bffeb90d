import type { OperationRow } from '#database/gateway-tables.ts';
import { formatQualifiedName } from '#contract/qualified-name.ts';
import type { Settlement } from '#gateway/operations/operation-store.ts';
import type { RegistryOutcome } from '#gateway/registry/registry-calls.ts';
import { isRecord, parseJson, registryWords, retryAfterSeconds } from '#gateway/registry/response-parsing.ts';
import type { ServerLook } from '#gateway/registry/server-check.ts';

type Judged = Pick<OperationRow, 'target' | 'target_id' | 'status' | 'message'>;

/** What the answer to a delete means by itself; a 404 means nothing yet: the server must be looked at. */
export function judgeAnswer(outcome: RegistryOutcome, target: string, now: Date): Settlement {
  if (outcome.kind === 'answered') return judgeStatus(outcome, target, now);
  return outcome.kind === 'unreachable'
    ? refused(null, 'The registry could not be reached. Nothing was sent; try again in a moment.')
    : unknown(null, lost[outcome.kind]);
}

const lost = {
  timeout: 'The registry took too long to answer.',
  'broken-off': 'The connection to the registry broke before it answered.',
  garbled: 'The registry gave an answer that cannot be understood.',
};

function judgeStatus(
  { status, headers, body }: Extract<RegistryOutcome, { kind: 'answered' }>,
  target: string,
  now: Date,
): Settlement {
  const words = registryWords(body);
  if (status === 200) {
    if (confirms(body, target)) return settled('applied', 'confirmed', 200, null);
    return unknown(200, 'The registry gave an unexpected answer that does not confirm this delete.');
  }
  if (status === 404) return unknown(404, words ?? 'The registry found no such server for this key.');
  if (status < 400 || status >= 500) {
    return unknown(status, words ?? `The registry answered with status ${status}.`);
  }
  return {
    ...refused(status, words ?? `The registry refused with status ${status} and gave no reason.`),
    retry_after: retryAfterSeconds(headers.get('Retry-After'), now),
  };
}

function confirms(body: Uint8Array, target: string): boolean {
  const json = parseJson(body);
  if (!isRecord(json) || json['success'] !== true) return false;
  const { namespace, server } = json;
  return (
    typeof namespace === 'string' &&
    typeof server === 'string' &&
    formatQualifiedName({ namespace, server }) === target
  );
}

/**
 * What a look at the server tells about an unclear delete; undefined where it tells nothing. A server that is still
 * there is believed to stay only where `patient`: right after a lost answer the delete may yet be at work.
 */
export function judgeLook(operation: Judged, look: ServerLook, patient: boolean): Settlement | undefined {
  if (look.seen === 'absent') return judgeAbsence(operation);
  if (look.seen !== 'present') return undefined;
  const { status, target_id: wanted } = operation;
  if (status === 404) return settled('refused', 'not-owned', 404, operation.message);
  if (wanted !== null && look.id !== null && look.id !== wanted) {
    return settled(
      'refused',
      'recreated',
      status,
      'The server you meant is gone; another one has its name now and was not touched.',
    );
  }
  if (!patient) return undefined;
  const compared = wanted !== null && look.id !== null;
  return settled(
    'refused',
    'still-there',
    status,
    compared
      ? 'The server is still there: it was not deleted.'
      : 'A server of this name is there. Whether it is the same one could not be compared.',
  );
}

function judgeAbsence({ status, target, target_id, message }: Judged): Settlement {
  if (status === 404) return settled('refused', 'gone', 404, message);
  // Never seen, so it may never have been there: no success of ours.
  if (target_id === null) return settled('refused', 'gone', status, `There is no server ${target}.`);
  return settled('applied', 'gone', status, null);
}

function settled(
  state: Settlement['state'],
  finding: Settlement['finding'],
  status: number | null,
  message: string | null,
): Settlement {
  return { state, finding, status, message, retry_after: null };
}

function refused(status: number | null, message: string): Settlement {
  return settled('refused', null, status, message);
}

function unknown(status: number | null, message: string): Settlement {
  return settled('unknown', null, status, message);
}
