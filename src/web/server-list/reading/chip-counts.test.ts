import { describe, expect, it } from 'vitest';
import type { ServerCounts } from '#contract/owned-servers.ts';
import { ownedServer } from '#e2e/support/owned-server.ts';
import { chipCounts } from './chip-counts.ts';

const counts: ServerCounts = {
  total: 3,
  filters: { live: 2, failed: 1 },
  namespaces: { acme: 2, globex: 1 },
  isFilling: false,
  asOf: '2026-01-02T00:00:00.000Z',
};
const servers = [ownedServer('acme/a'), ownedServer('acme/b', { state: 'failed' }), ownedServer('globex/c')];

describe('what the chips count', () => {
  it('is what the registry counts, where no namespace is chosen', () => {
    expect(chipCounts(counts, null, servers)).toMatchObject({
      total: 3,
      filters: { live: 2, failed: 1 },
    });
  });

  it('is what a press on them would show in the namespace that is chosen', () => {
    expect(chipCounts(counts, 'acme', servers)).toMatchObject({
      total: 2,
      filters: { attention: 1, live: 1, failed: 1, local: 0 },
    });
    expect(chipCounts(counts, 'nobody', servers)).toMatchObject({ total: 0, filters: { live: 0 } });
  });

  it('is told only as far as it is known, until all servers are there', () => {
    expect(chipCounts(counts, 'acme', undefined)).toEqual({ total: 2, filters: {} });
    expect(chipCounts(counts, 'constructor', undefined)).toEqual({ total: undefined, filters: {} });
  });
});
