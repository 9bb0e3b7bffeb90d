import { webcrypto } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ledgerEntry } from '#e2e/support/ledger-entry.ts';
import type { Operation } from '#contract/operations.ts';
import { ApiError } from '#web/api/calling/call-api.ts';
import { newOperationId, runChange } from './operations.ts';

const uuid4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('a new operation id', () => {
  it('is a random UUID where the browser makes them', () => {
    expect(newOperationId()).toMatch(uuid4);
  });

  it('is one too on a page without a secure context', () => {
    const insecure = { getRandomValues: webcrypto.getRandomValues.bind(webcrypto) } as Pick<
      Crypto,
      'getRandomValues'
    >;
    const ids = new Set(Array.from({ length: 500 }, () => newOperationId(insecure)));
    expect(ids.size).toBe(500);
    for (const id of ids) expect(id).toMatch(uuid4);
  });

  it('writes its random bytes in their order', () => {
    const counting = {
      getRandomValues: <T extends ArrayBufferView>(bytes: T) => {
        new Uint8Array(bytes.buffer).forEach((_byte, index, all) => (all[index] = index * 17));
        return bytes;
      },
    } as Pick<Crypto, 'getRandomValues'>;
    expect(newOperationId(counting)).toBe('00112233-4455-4677-8899-aabbccddeeff');
  });
});

describe('running a change', () => {
  const applied = ledgerEntry({ action: 'update-server' });
  const request = { operationId: 'op-1', step: 'send', input: undefined, onChecking: () => {} } as const;
  const isDone = ({ state }: Operation) => state === 'applied';
  const run = (send: () => Promise<Operation>, onLine = true) => {
    vi.stubGlobal('navigator', { onLine });
    return runChange(request, { send, isDone });
  };
  afterEach(() => void vi.unstubAllGlobals());

  it('is done where an error comes with an operation that is', async () => {
    const lost = new ApiError('Answer not kept', { status: 409, code: 'answer-lost', operation: applied });
    await expect(run(() => Promise.reject(lost))).resolves.toBe(applied);
  });

  it('fails with the refusal where it was refused', async () => {
    const operation: Operation = { ...applied, state: 'refused', finding: null, status: 403 };
    const refused = new ApiError('No', { status: 403, code: 'registry-refused', operation });
    await expect(run(() => Promise.reject(refused))).rejects.toBe(refused);
  });

  it('sends nothing while there is no network', async () => {
    const send = vi.fn<() => Promise<Operation>>(() => Promise.resolve(applied));
    await expect(run(send, false)).rejects.toMatchObject({ code: 'offline' });
    expect(send).not.toHaveBeenCalled();
  });
});
