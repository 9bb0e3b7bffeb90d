import { gatewayPaths } from '#contract/api-paths.ts';
import type { Operation } from '#contract/operations.ts';
import { ApiError, callApi } from '#web/api/calling/call-api.ts';
import { followOperation, isUnclear, requireDone } from './follow-operation.ts';

/** What a change is asked to do, as the variables of its mutation. */
export interface ChangeRequest<Input = undefined> {
  /** Names this one change, so that it never runs twice. */
  operationId: string;
  /** `check` only asks what became of it: nothing is ever sent a second time. */
  step: 'send' | 'check';
  input: Input;
  /** Called when the outcome is not known yet and is being found out. */
  onChecking: () => void;
}

interface Change {
  /** Sends it, once. Rejects with ApiError. */
  send: () => Promise<Operation>;
  /** Whether what the owner wanted is the case, by this change or before it. */
  isDone: (operation: Operation) => boolean;
}

/**
 * Sends a change and finds out what became of it. Resolves with the settled operation where it is done; rejects
 * with ApiError, whose code is `outcome-unknown` where nobody could find out.
 */
export async function runChange<Input>(
  { operationId, step, onChecking }: ChangeRequest<Input>,
  { send, isDone }: Change,
): Promise<Operation> {
  const follow = async () => {
    onChecking();
    const operation = await followOperation({
      check: () => callApi<Operation>(gatewayPaths.operation(operationId)),
      pause: () => new Promise((resolve) => setTimeout(resolve, 1000)),
    });
    return requireDone(operation, isDone);
  };
  if (step === 'check') {
    onChecking();
    const operation = await checkOperation(operationId);
    return operation.checking ? follow() : requireDone(operation, isDone);
  }
  if (!navigator.onLine) {
    throw new ApiError('You are offline. Nothing was sent.', { status: 0, code: 'offline' });
  }
  try {
    return await send();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (isUnclear(error)) return follow();
    if (error.operation !== null && isDone(error.operation)) return error.operation;
    throw error;
  }
}

/** Where randomness comes from. Browsers keep `randomUUID` for secure contexts. */
type RandomSource = Pick<Crypto, 'getRandomValues'> & Partial<Pick<Crypto, 'randomUUID'>>;

/** A new operation id: a random UUID, version 4 (RFC 9562). */
export function newOperationId(random: RandomSource = crypto): string {
  if (random.randomUUID !== undefined) return random.randomUUID();
  // A desk reached over plain http in a local network is no secure context.
  const bytes = random.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** Asks the gateway to check once more what became of an operation. Never sends the change again. */
export function checkOperation(id: string): Promise<Operation> {
  return callApi<Operation>(gatewayPaths.checkOperation(id), { method: 'POST', isRead: true });
}
