import type { OperationFinding } from '#contract/operations.ts';
import type { Settlement } from '#gateway/operations/operation-store.ts';
import type { RegistryOutcome } from '#gateway/registry/registry-calls.ts';
import {
  blamedField,
  isRecord,
  parseJson,
  errorText,
  retryAfterSeconds,
} from '#gateway/registry/response-parsing.ts';
import type { ChangeKind, JudgedEntry } from './change-kind.ts';

/** It happened. */
export function applied(finding: OperationFinding, status: number | null): Settlement {
  return { state: 'applied', finding, status, message: null, retry_after: null, field: null };
}

/** It did not happen. */
export function refused(
  finding: OperationFinding | null,
  status: number | null,
  message: string | null,
): Settlement {
  return { state: 'refused', finding, status, message, retry_after: null, field: null };
}

function unknown(status: number | null, message: string): Settlement {
  return { state: 'unknown', finding: null, status, message, retry_after: null, field: null };
}

const lost = {
  timeout: 'The registry took too long to answer.',
  'broken-off': 'The connection to the registry broke before it answered.',
  garbled: 'The registry gave an answer that cannot be understood.',
};

/** What the answer to a change means by itself; a 404 means nothing yet: the server must be checked. */
export function judgeAnswer(
  kind: Pick<ChangeKind, 'confirms'>,
  outcome: RegistryOutcome,
  target: string,
  now: Date,
): Settlement {
  if (outcome.kind === 'unreachable') {
    return refused(null, null, 'The registry could not be reached. Nothing was sent; try again in a moment.');
  }
  if (outcome.kind !== 'answered') return unknown(null, lost[outcome.kind]);
  const { status, headers, body } = outcome;
  if (status >= 200 && status < 300) {
    const answer = parseJson(body);
    return isRecord(answer) && kind.confirms(answer, target)
      ? applied('confirmed', status)
      : unknown(status, 'The registry gave an unexpected answer that does not confirm this change.');
  }
  const words = errorText(body);
  if (status === 404) return unknown(404, words ?? 'The registry found no such server for this key.');
  if (status < 400 || status >= 500)
    return unknown(status, words ?? `The registry answered with status ${status}.`);
  return {
    ...refused(null, status, words ?? `The registry refused with status ${status} and gave no reason.`),
    retry_after: retryAfterSeconds(headers.get('Retry-After'), now),
    field: blamedField(headers),
  };
}

/** Another server has the name by now, whatever was asked for. Undefined where that is not so, or not known. */
export function judgeIdentity({ target_id: wanted, status }: JudgedEntry, id: string | null) {
  if (wanted === null || id === null || id === wanted) return undefined;
  return refused(
    'recreated',
    status,
    'The server you meant is gone; another one has its name now and was not touched.',
  );
}

/** The registry said 404 and yet shows the server. Undefined where that is not so. */
export function judgeOwnership({ status, message }: JudgedEntry) {
  return status === 404 ? refused('not-owned', 404, message) : undefined;
}
