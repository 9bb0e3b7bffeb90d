import { gatewayPaths } from '#contract/api-paths.ts';
import type { Operation, OperationList } from '#contract/operations.ts';
import { callApi } from './call-api.ts';

/** The ledger's calls. Every one rejects with ApiError. */
export const operationsClient = {
  list: (query: { limit: number; before?: string | undefined }, signal?: AbortSignal) =>
    callApi<OperationList>(gatewayPaths.operations(), { query, signal }),

  get: (id: string, signal?: AbortSignal) => callApi<Operation>(gatewayPaths.operation(id), { signal }),

  /** Asks the gateway for one look now; answers what it found. Never sends the change again. */
  check: (id: string) => callApi<Operation>(gatewayPaths.checkOperation(id), { method: 'POST' }),
};

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
