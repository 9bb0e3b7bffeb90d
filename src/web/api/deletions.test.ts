import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { describe, expect, it } from 'vitest';
import { ownedServer, readServers } from '#e2e/support/owned-server.ts';
import type { ServerCounts } from '#contract/owned-servers.ts';
import { dropServer } from './deletions.ts';
import type { Deletion } from '#web/api/server-cache/known-deletions.ts';
import type { ReadList } from './owned-servers.ts';
import { serverKeys, USUAL_ORDER } from '#web/api/server-cache/server-cache.ts';

const deletion: Deletion = {
  operationId: 'op-1',
  qualifiedName: 'acme/weather',
  serverId: 'id-weather',
  at: Date.now(),
  where: 'here',
};
const listKey = serverKeys.list(USUAL_ORDER);

function list(weatherId = 'id-weather'): ReadList {
  return {
    pages: [
      readServers([
        ownedServer('acme'),
        ownedServer('acme/weather', { id: weatherId }),
        ownedServer('labs/weather'),
      ]),
      readServers([ownedServer('acme/weather-archive')]),
    ],
    pageParams: [null, 'next'],
  };
}

function namesIn(client: QueryClient): string[] {
  const data = client.getQueryData<ReadList>(listKey);
  return (data?.pages ?? []).flatMap(({ servers }) => servers.map(({ qualifiedName }) => qualifiedName));
}

describe('dropping a deleted server', () => {
  it('takes its row alone out of every list, and leaves the other pages as they were', async () => {
    const client = new QueryClient();
    const byName = serverKeys.list({ sort: 'name', direction: 'asc' });
    const before = list();
    client.setQueryData(listKey, before);
    client.setQueryData(byName, list());
    await dropServer(client, deletion);
    expect(namesIn(client)).toEqual(['acme', 'labs/weather', 'acme/weather-archive']);
    expect(client.getQueryData<ReadList>(listKey)?.pages[1]).toBe(before.pages[1]);
    expect(client.getQueryData<ReadList>(byName)?.pages[0]?.servers).toHaveLength(2);
  });

  it('counts one less, in all, in its namespace and for each filter that showed it', async () => {
    const client = new QueryClient();
    client.setQueryData(listKey, list());
    const counts: ServerCounts = {
      total: 4,
      filters: { live: 4, failed: 1, attention: 0 },
      namespaces: { acme: 3, labs: 1 },
      isFilling: false,
      asOf: '2026-01-01T00:00:00.000Z',
    };
    client.setQueryData(serverKeys.counts, counts);
    await dropServer(client, deletion);
    expect(client.getQueryData(serverKeys.counts)).toMatchObject({
      total: 3,
      filters: { live: 3, failed: 1, attention: 0 },
      namespaces: { acme: 2, labs: 1 },
    });
    expect(client.getQueryState(serverKeys.counts)?.isInvalidated).toBe(true);
  });

  it('marks the lists as old, and leaves other servers’ pages as they are', async () => {
    const client = new QueryClient();
    client.setQueryData(listKey, list());
    client.setQueryData(serverKeys.detail('acme'), { qualifiedName: 'acme' });
    await dropServer(client, deletion);
    expect(client.getQueryState(listKey)?.isInvalidated).toBe(true);
    expect(client.getQueryState(serverKeys.detail('acme'))?.isInvalidated).toBe(false);
  });

  it('leaves a server that was created anew under the name', async () => {
    const client = new QueryClient();
    client.setQueryData(listKey, list('id-of-another'));
    await dropServer(client, deletion);
    expect(namesIn(client)).toContain('acme/weather');
  });

  it('gives up a list answer that is under way, so that it cannot bring the row back', async () => {
    const client = new QueryClient();
    client.setQueryData(listKey, list());
    let answer = (_data: ReadList): void => {};
    const late = client
      .fetchQuery({
        queryKey: listKey,
        queryFn: ({ signal }) =>
          new Promise<ReadList>((resolve, reject) => {
            answer = resolve;
            signal.addEventListener('abort', () => reject(new Error('given up')));
          }),
      })
      .catch(() => undefined);
    await dropServer(client, deletion);
    answer(list());
    await late;
    expect(namesIn(client)).not.toContain('acme/weather');
  });

  it('counts a deletion once, whoever tells of it again', async () => {
    const client = new QueryClient();
    client.setQueryData(listKey, list());
    await dropServer(client, deletion);
    client.setQueryData(listKey, list('id-of-another'));
    await dropServer(client, { ...deletion, serverId: null, at: Date.now() + 1000, where: 'elsewhere' });
    expect(namesIn(client)).toContain('acme/weather');
  });

  it('forgets the server’s page at once where nothing shows it', async () => {
    const client = new QueryClient();
    client.setQueryData(serverKeys.detail('acme/weather'), { qualifiedName: 'acme/weather' });
    client.setQueryData(serverKeys.part('acme/weather', 'secrets'), []);
    await dropServer(client, deletion);
    expect(client.getQueryCache().findAll({ queryKey: serverKeys.detail('acme/weather') })).toEqual([]);
  });

  it('keeps what is on screen until it has left, and asks for none of it again', async () => {
    const client = new QueryClient();
    const queryKey = serverKeys.detail('acme/weather');
    let asked = 0;
    client.setQueryData(queryKey, 'shown');
    const observer = new QueryObserver(client, {
      queryKey,
      queryFn: () => {
        asked += 1;
        return 'asked again';
      },
      staleTime: Infinity,
    });
    const leave = observer.subscribe(() => {});
    await dropServer(client, deletion);
    expect(client.getQueryData(queryKey)).toBe('shown');
    leave();
    expect(client.getQueryData(queryKey)).toBeUndefined();
    expect(asked).toBe(0);
  });
});
