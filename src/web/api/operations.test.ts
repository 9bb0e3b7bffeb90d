import { webcrypto } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { newOperationId } from './operations.ts';

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
