import type { OperationFinding } from '#contract/operations.ts';
import type { Settlement } from '#gateway/operations/operation-store.ts';
import type { RegistryOutcome } from '#gateway/registry/registry-calls.ts';
import type { ServerCheck } from '#gateway/registry/server-check.ts';
import {
  blamedField,
  isRecord,
  parseJson,
  errorText,
  retryAfterSeconds,
} from '#gateway/registry/response-parsing.ts';
import type { JudgedEntry } from './change-kind.ts';

type PresentServer = Extract<ServerCheck, { seen: 'present' }>;

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

/** It was written down, maybe, and never sent. */
export function notSent(): Settlement {
  return refused('not-sent', null, 'The database failed before it was sent. Nothing was sent.');
}

/** Whether it happened is not known, and no check can tell. */
export function inconclusive(
  finding: OperationFinding,
  status: number | null,
  message: string | null,
): Settlement {
  return { state: 'inconclusive', finding, status, message, retry_after: null, field: null };
}

function unknown(status: number | null, message: string): Settlement {
  return { state: 'unknown', finding: null, status, message, retry_after: null, field: null };
}

const lost = {
  timeout: 'The registry took too long to answer.',
  'broken-off': 'The connection to the registry broke before it answered.',
  garbled: 'The registry gave an answer that cannot be understood.',
};

/** What the answer to a change means by itself, `isConfirmed` telling of a 2xx whether it is of just this change; a 404 means nothing yet: the server must be checked. */
export function judgeAnswer(
  outcome: RegistryOutcome,
  isConfirmed: (answer: Record<string, unknown>) => boolean,
  now: Date,
): Settlement {
  if (outcome.kind === 'unreachable') {
    return refused(null, null, 'The registry could not be reached. Nothing was sent; try again in a moment.');
  }
  if (outcome.kind !== 'answered') return unknown(null, lost[outcome.kind]);
  const { status, headers, body } = outcome;
  if (status >= 200 && status < 300) {
    const answer = parseJson(body);
    return isRecord(answer) && isConfirmed(answer)
      ? applied('confirmed', status)
      : unknown(status, 'The registry gave an unexpected answer that does not confirm this change.');
  }
  const words = errorText(body);
  // A proxy on the way that waited too long says so with a 408: what it passed on may be done all the same.
  if (status === 408) return unknown(408, words ?? 'The registry took too long to answer.');
  if (status === 404) return unknown(404, words ?? 'The registry found no such server for this key.');
  if (status < 400 || status >= 500)
    return unknown(status, words ?? `The registry answered with status ${status}.`);
  return {
    ...refused(null, status, words ?? `The registry refused with status ${status} and gave no reason.`),
    retry_after: retryAfterSeconds(headers.get('Retry-After'), now),
    field: blamedField(headers),
  };
}

/**
 * The server that was meant has another name by now (`refused`), or may have, by the registry's word alone: what that
 * says of the change, the kind knows.
 */
export function moved(
  state: 'refused' | 'inconclusive',
  { target, status, message }: JudgedEntry,
  movedTo: string,
): Settlement {
  if (state === 'inconclusive') {
    const words = `The registry says that the server of the name ${target} was moved and is ${movedTo} now.`;
    return { ...inconclusive('moved', status, words), movedTo };
  }
  // The registry's own words, where it refused.
  const words = status === 404 ? message : `The server was moved and is ${movedTo} now.`;
  return { ...refused('moved', status, words), movedTo };
}

/** The registry said 404 and yet shows a server in a namespace that is not this key's. Undefined where that is not so. */
export function judgeOwnership({ status, message }: JudgedEntry, { isForeign }: PresentServer) {
  return status === 404 && isForeign ? refused('not-owned', 404, message) : undefined;
}

/** Whether the server that has the name is the one that was meant; `unknown` where that is not known yet. */
export function compareServers(
  { target_id: wanted, target }: JudgedEntry,
  { id, meant }: PresentServer,
): 'same' | 'another' | 'uncompared' | 'unknown' {
  if (wanted === null) return 'uncompared';
  if (id === null) return meant.at === 'name' && meant.qualifiedName === target ? 'same' : 'unknown';
  if (id === wanted) return 'same';
  // A list that shows it under the name and another one too is not to be believed yet.
  return meant.at === 'name' ? 'unknown' : 'another';
}

/** Another server has the name by now, whatever was asked for. */
export function another({ status }: JudgedEntry): Settlement {
  return inconclusive('another-there', status, 'Another server has this name now.');
}

/** No server has the name, nor is the one that was meant elsewhere, or anywhere (`isNowhere`): of a change that would have left it there. */
export function judgeGone({ status, message, target }: JudgedEntry, isNowhere: boolean): Settlement {
  const finding = isNowhere ? 'nowhere' : 'gone';
  return status === 404
    ? refused(finding, 404, message)
    : inconclusive(finding, status, `There is no server ${target} now.`);
}
