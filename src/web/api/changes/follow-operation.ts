import type { Operation } from '#contract/operations.ts';
import { ApiError } from '#web/api/calling/call-api.ts';

interface Following {
  /** Asks the ledger for the operation; rejects with ApiError. */
  check: () => Promise<Operation>;
  /** Waits between two checks. */
  pause: () => Promise<void>;
}

const MAX_FAILED_CHECKS = 10;
const MAX_MISSING_CHECKS = 3;

/**
 * Whether an error leaves open what became of a change: no answer came, or none that can be trusted. Being
 * offline is no exception, because the connection may have gone after the change was sent.
 */
export function isUnclear({ status, code, operation }: ApiError): boolean {
  if (operation !== null) return operation.state === 'unknown' || operation.state === 'sending';
  // The one failure of the gateway that comes before anything is sent.
  if (code === 'storage-failed') return false;
  return status === 0 || status >= 500 || code === 'no-answer';
}

/**
 * Follows an operation until it is settled, or until the gateway has stopped checking by itself (then it is still
 * `unknown`). Rejects with ApiError: `not-found` where the ledger never got it, so that nothing was sent;
 * `outcome-unknown` where the ledger cannot be asked; any other refusal to answer, such as `signed-out`, as it is.
 */
export async function followOperation({ check, pause }: Following): Promise<Operation> {
  let failed = 0;
  let missing = 0;
  for (;;) {
    try {
      const operation = await check();
      if (operation.state !== 'sending' && !(operation.state === 'unknown' && operation.checking))
        return operation;
      failed = 0;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 404) {
        // The request may still be on its way while a later one overtakes it.
        missing += 1;
        if (missing === MAX_MISSING_CHECKS) throw neverArrived(error);
      } else if (error.status >= 400 && error.status < 500 && error.status !== 429) {
        throw error;
      } else {
        failed += 1;
        if (failed === MAX_FAILED_CHECKS) throw cannotAsk(error);
      }
    }
    await pause();
  }
}

/** The operation where it is done by the change's own measure; throws what else became of it as an ApiError. */
export function requireDone(operation: Operation, isDone: (operation: Operation) => boolean): Operation {
  if (isDone(operation)) return operation;
  const unknown = operation.state === 'unknown';
  throw new ApiError(operation.message ?? 'The registry gave no reason.', {
    status: operation.status ?? 0,
    code: unknown ? 'outcome-unknown' : 'registry-refused',
    requestId: operation.requestId,
    operation,
    retryAfterSeconds: operation.retryAfterSeconds,
  });
}

function neverArrived({ requestId }: ApiError): ApiError {
  return new ApiError('The request never reached Touchmark. Nothing was sent to the registry.', {
    status: 404,
    code: 'not-found',
    requestId,
  });
}

function cannotAsk({ requestId, status }: ApiError): ApiError {
  return new ApiError('Touchmark cannot be asked what became of it.', {
    status,
    code: 'outcome-unknown',
    requestId,
  });
}
