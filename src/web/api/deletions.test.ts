import { type InfiniteData, QueryClient, QueryObserver } from '@tanstack/react-query';
import { describe, expect, it } from 'vitest';
import { listedServer } from '#e2e/support/listed-server.ts';
import { dropServer } from './deletions.ts';
import type { Deletion } from './known-deletions.ts';
import type { ListedServer } from '#contract/registry-answers.ts';
import { type ListPosition, serverKeys, type ServerPage } from './server-cache.ts';

type ListData = InfiniteData<ServerPage[], ListPosition[]>;

const deletion: Deletion = {
  operationId: 'op-1',
  qualifiedName: 'acme/weather',
  serverId: 'id-weather',
  at: Date.now(),
  where: 'here',
};
const listKey = serverKeys.list(['acme', 'labs']);

function page(position: ListPosition, servers: ListedServer[], totalCount: number): ServerPage {
  const rest = { removed: 0, hasMore: false, unreadable: { entries: 0, values: 0 }, failure: null };
  return { ...position, servers, totalCount, ...rest };
}

function list(weatherId = 'id-weather'): ListData {
  return {
    pages: [
      [
        page(
          { namespace: 'acme', page: 1 },
          [listedServer('acme', { id: 'id-acme' }), listedServer('acme/weather', { id: weatherId })],
          3,
        ),
        page({ namespace: 'labs', page: 1 }, [listedServer('labs/weather', { id: 'id-labs' })], 1),
      ],
      [page({ namespace: 'acme', page: 2 }, [listedServer('acme/weather-archive', { id: 'id-archive' })], 3)],
    ],
    pageParams: [],
  };
}

function namesIn(client: QueryClient): string[] {
  const data = client.getQueryData<ListData>(listKey);
  return (data?.pages ?? [])
    .flat()
    .flatMap(({ servers }) => servers.map(({ qualifiedName }) => qualifiedName));
}

describe('dropping a deleted server', () => {
  it('takes its row alone out of the list, and its namespace counts one less', async () => {
    const client = new QueryClient();
    client.setQueryData(listKey, list());
    await dropServer(client, deletion);
    expect(namesIn(client)).toEqual(['acme', 'labs/weather', 'acme/weather-archive']);
    const totals = client
      .getQueryData<ListData>(listKey)
      ?.pages.flat()
      .map(({ totalCount }) => totalCount);
    expect(totals).toEqual([2, 1, 2]);
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
    let answer = (_data: ListData): void => {};
    const late = client
      .fetchQuery({
        queryKey: listKey,
        queryFn: ({ signal }) =>
          new Promise<ListData>((resolve, reject) => {
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
