import { zipSync } from 'fflate';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engines } from '#e2e/support/databases.ts';
import { createTestRegistry, type TestRegistry } from '#e2e/support/test-registry.ts';

const COUNT = 13;

interface Pagination {
  currentPage: number;
  pageSize: number;
  totalPages: number;
  totalCount: number;
}

describe.each(engines)('pages on %s', (engine) => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await createTestRegistry(engine);
    const { db } = registry;
    const numbers = Array.from({ length: COUNT }, (_, i) => i);
    await registry.put(...numbers.map((i) => `acme/server-${i}`));
    for (const i of numbers) {
      await registry.call('PUT', `/namespaces/paged-${i}`);
      const form = new FormData();
      const text = `---\nname: skill-${i}\ndescription: One of many\n---\nDo it.\n`;
      form.append('archive', new Blob([zipSync({ 'SKILL.md': Buffer.from(text) })]), 'skill.zip');
      await registry.call('PUT', `/skills/acme/skill-${i}/upload`, { body: form });
    }
    const { rid } = await db
      .selectFrom('servers')
      .select('rid')
      .where('qualified_name', '=', 'acme/server-0')
      .executeTakeFirstOrThrow();
    // Several of the same moment: their order must be one all the same.
    const at = (i: number) => new Date(Date.UTC(2026, 0, 1 + Math.floor(i / 3))).toISOString();
    await db
      .insertInto('releases')
      .values(
        numbers.map((i) => ({
          id: `release-${i}`,
          server_rid: rid,
          status: 'SUCCESS' as const,
          type: 'external_shttp' as const,
          created_at: at(i),
          updated_at: at(i),
        })),
      )
      .execute();
  });
  afterAll(async () => registry.drop());

  it.each([
    ['servers', '/servers?namespace=acme'],
    ['servers', '/servers?namespace=acme&q=server'],
    ['namespaces', '/namespaces?q=paged'],
    ['skills', '/skills?namespace=acme'],
    ['skills', '/skills?namespace=acme&q=many'],
    ['releases', '/servers/acme%2Fserver-0/releases?'],
  ])('of %s at %s hold each once, in one order, however large they are', async (items, path) => {
    const read = async (page: number, pageSize: number) => {
      const { status, body } = await registry.call('GET', `${path}&page=${page}&pageSize=${pageSize}`);
      expect(status).toBe(200);
      const { [items]: some, pagination } = body as Record<string, unknown[]> & { pagination: Pagination };
      return { some: some ?? [], pagination };
    };
    const { some: all } = await read(1, 50);
    expect(all).toHaveLength(COUNT);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: COUNT + 2 }), async (pageSize) => {
        const totalPages = Math.ceil(COUNT / pageSize);
        const together: unknown[] = [];
        for (let page = 1; page <= totalPages + 1; page += 1) {
          const { some, pagination } = await read(page, pageSize);
          expect(pagination).toEqual({ currentPage: page, pageSize, totalPages, totalCount: COUNT });
          together.push(...some);
        }
        expect(together).toEqual(all);
      }),
      { numRuns: 10 },
    );
  });
});
