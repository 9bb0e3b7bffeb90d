import { describe, expect, it } from 'vitest';
import { engines } from '#e2e/support/databases.ts';
import { createTestRegistry, TEST_NOW } from '#e2e/support/test-registry.ts';
import { createKeyUses } from './key-uses.ts';
import { listKeys } from './key-store.ts';

describe.each(engines)('the last use of a key on %s', (engine) => {
  it('is known to the minute, and never goes back', async () => {
    const registry = await createTestRegistry(engine);
    const { db, ownerId, failures } = registry;
    let now = new Date('2026-03-01T12:00:59.999Z');
    const options = { db, now: () => now, reportError: (error: unknown) => failures.push(error) };
    const lastUsed = async () => (await listKeys(db, ownerId))[0]?.last_used_at;
    const id = (await listKeys(db, ownerId))[0]?.id ?? '';
    expect(await lastUsed()).toBe(null);
    const uses = createKeyUses(options);
    uses.note(id);
    uses.note('of-no-key');
    await uses.close();
    expect(await lastUsed()).toBe('2026-03-01T12:00:00.000Z');
    now = new Date(TEST_NOW.getTime() - 3_600_000);
    const behind = createKeyUses(options);
    behind.note(id);
    await behind.close();
    expect(await lastUsed()).toBe('2026-03-01T12:00:00.000Z');
    expect(failures).toEqual([]);
    await registry.drop();
  });
});
