import { describe, expect, it } from 'vitest';
import { makeBundle } from '#e2e/support/bundles.ts';
import { engines } from '#e2e/support/databases.ts';
import { startMcpServer } from '#e2e/support/mcp-servers.ts';
import { release, settled } from '#e2e/support/publishing.ts';
import { createTestRegistry } from '#e2e/support/test-registry.ts';
import { createTurns, type Share } from './fair-shares.ts';

const waits = (ownerId: string, since: string, type: Share['type'] = 'stdio') => ({ ownerId, since, type });

/** In whose turn everything runs that waits, one after the other. */
function order(queue: (Share & { since: string })[]): string[] {
  const turns = createTurns();
  const left = [...queue];
  const owners: string[] = [];
  while (left.length > 0) {
    const next = turns.next(left, []);
    if (next === undefined) break;
    left.splice(left.indexOf(next), 1);
    owners.push(next.ownerId);
  }
  return owners;
}

describe('the owners of releases', () => {
  it('take turns, however many one of them queued before', () => {
    const queue = Array.from('123456', (since) => waits('busy', since));
    expect(order([...queue, waits('second', '7'), waits('third', '8')])).toEqual([
      'busy',
      'second',
      'third',
      ...Array.from({ length: 5 }, () => 'busy'),
    ]);
  });

  it('have their own in the order in which they were sent', () => {
    const turns = createTurns();
    expect(turns.next([waits('one', '2'), waits('one', '1')], [])?.since).toBe('1');
  });

  it('have a part of what runs at once, and what waits for an upstream takes nothing from what works', () => {
    const turns = createTurns();
    const external = (ownerId: string): Share => ({ ownerId, type: 'external_shttp' });
    const hanging = Array.from({ length: 4 }, () => external('busy'));
    const queue = [waits('busy', '1', 'external_shttp'), waits('other', '2', 'external_shttp')];
    expect(turns.next(queue, hanging)?.ownerId).toBe('other');
    expect(turns.next(queue.slice(0, 1), hanging)).toBeUndefined();
    const all = Array.from({ length: 64 }, (_, i) => external(`owner-${i}`));
    expect(turns.next(queue, all)).toBeUndefined();
    expect(turns.next([waits('busy', '1')], all)?.ownerId).toBe('busy');
  });
});

describe.each(engines)('releases that hang on %s', (engine) => {
  it('are their owner’s affair: those of another go live as if alone', async () => {
    const registry = await createTestRegistry(engine, { allowPrivateUpstreams: true });
    const hanging = await startMcpServer({ isHanging: true });
    const upstream = await startMcpServer();
    const names = Array.from({ length: 6 }, (_, i) => `acme/hangs-${i}`);
    await registry.put(...names);
    for (const name of names) {
      await release(registry, name, { payload: { type: 'external', upstreamUrl: hanging.url } });
    }
    while (hanging.requests.length < 4) {
      await new Promise((resolve) => {
        setTimeout(resolve, 10);
      });
    }

    const call: typeof registry.call = (method, path) =>
      registry.call(method, path, { key: registry.rivalKey });
    const rival = { fetch: registry.fetch, call, ownerKey: registry.rivalKey };
    for (const name of ['rival/url', 'rival/bundle']) {
      await call('PUT', `/servers/${encodeURIComponent(name)}`);
    }
    const byUrl = await release(rival, 'rival/url', {
      payload: { type: 'external', upstreamUrl: upstream.url },
    });
    const byBundle = await release(rival, 'rival/bundle', {
      payload: { type: 'stdio', runtime: 'node' },
      bundle: makeBundle(),
    });
    expect((await settled(rival, 'rival/url', byUrl)).status).toBe('SUCCESS');
    expect((await settled(rival, 'rival/bundle', byBundle)).status).toBe('SUCCESS');
    // The owner's own bundles do not wait for the owner's upstreams either.
    await registry.put('acme/bundle');
    const own = await release(registry, 'acme/bundle', {
      payload: { type: 'stdio', runtime: 'node' },
      bundle: makeBundle(),
    });
    expect((await settled(registry, 'acme/bundle', own)).status).toBe('SUCCESS');
    expect(hanging.requests).toHaveLength(4);
    await registry.drop();
    await hanging.close();
    await upstream.close();
  });
});
