import { queryOptions, type QueryClient } from '@tanstack/react-query';
import { openTabChannel } from '#web/lib/tab-channel.ts';

/** A server known to be deleted, for as long as this tab lives. */
export interface Deletion {
  /** The operation that deleted it. */
  operationId: string;
  qualifiedName: string;
  /** The registry's id of the server that died; null where it was never seen. Ids are never used twice. */
  serverId: string | null;
  /** When this tab learned of it, in milliseconds since 1970. */
  at: number;
  /** Which tab did it. */
  where: 'here' | 'elsewhere';
}

/** What one tab tells the others. */
export type DeletionNews = Pick<Deletion, 'operationId' | 'qualifiedName' | 'serverId'>;

/** The deletions this tab knows of, newest last. They live in the query cache, so signing out forgets them. */
export const deletionsQuery = () =>
  queryOptions({
    queryKey: ['deletions'],
    queryFn: ({ client }) => knownDeletions(client),
    initialData: [] as Deletion[],
    staleTime: Infinity,
    gcTime: Infinity,
    networkMode: 'always',
  });

/** The deletions this tab knows of. */
export function knownDeletions(client: QueryClient): Deletion[] {
  return client.getQueryData(deletionsQuery().queryKey) ?? [];
}

/** Keeps a deletion, so that no late answer brings the server back. Returns false where it was known already. */
export function rememberDeletion(client: QueryClient, deletion: Deletion): boolean {
  const known = knownDeletions(client);
  if (known.some(({ operationId }) => operationId === deletion.operationId)) return false;
  // Set for the key, since an entry without observers would otherwise be dropped after five minutes.
  client.setQueryDefaults(deletionsQuery().queryKey, { gcTime: Infinity });
  client.setQueryData(deletionsQuery().queryKey, [...known, deletion]);
  return true;
}

/**
 * Whether a listed server is one of the deleted. One of the same name and another id was created anew. Where
 * the id was never seen, only answers asked for before the deletion (`askedAt`, milliseconds) are doubted.
 */
export function isDeleted(
  server: { qualifiedName: string; id: string | null },
  deletions: readonly Deletion[],
  askedAt: number,
): boolean {
  return deletions.some(
    (deletion) =>
      deletion.qualifiedName === server.qualifiedName &&
      (deletion.serverId === null || server.id === null
        ? askedAt <= deletion.at
        : deletion.serverId === server.id),
  );
}

/** The deletion that makes a page of this name, loaded at `loadedAt` (milliseconds), one of a dead server. */
export function deletionSince(
  deletions: readonly Deletion[],
  qualifiedName: string,
  loadedAt: number,
): Deletion | undefined {
  return deletions.find((deletion) => deletion.qualifiedName === qualifiedName && deletion.at >= loadedAt);
}

const CHANNEL = 'touchmark-deletions';

/** Tells the other tabs of this browser. A browser without channels tells nobody: they learn it when they ask. */
export function tellOtherTabs({ operationId, qualifiedName, serverId }: DeletionNews): void {
  const channel = openTabChannel(CHANNEL);
  if (channel === undefined) return;
  try {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel never leaves its origin
    channel.postMessage({ operationId, qualifiedName, serverId });
  } finally {
    channel.close();
  }
}

/** Calls `hear` for what tabs delete, this one included: a channel hears its window's other channels. */
export function listenToTabs(hear: (news: DeletionNews) => void): () => void {
  const channel = openTabChannel(CHANNEL);
  if (channel === undefined) return () => {};
  channel.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (isNews(data)) hear(data);
  });
  return () => channel.close();
}

// A tab of an older or newer version may say something else.
function isNews(data: unknown): data is DeletionNews {
  if (typeof data !== 'object' || data === null) return false;
  const { operationId, qualifiedName, serverId } = data as Record<string, unknown>;
  return (
    typeof operationId === 'string' &&
    typeof qualifiedName === 'string' &&
    (typeof serverId === 'string' || serverId === null)
  );
}
