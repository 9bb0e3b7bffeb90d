import { type QueryKey, useQueryClient } from '@tanstack/react-query';
import { ApiError } from '#web/api/calling/call-api.ts';
import { changeServers, type ReadList } from '#web/api/owned-servers.ts';
import { serverKeys } from '#web/api/server-cache/server-cache.ts';
import { useWhileSeen } from '#web/ui/while-seen.ts';

// Unless something else is said: with its jitter, and the time that an answer takes, less than ten seconds.
const EVERY_MS = 7000;
const JITTER_MS = 1500;

/**
 * Asks for what is on screen of a server again and again, so that what somebody else did to it shows within ten seconds.
 * A page that nobody sees asks for nothing, and none does while a delete is under way: that says itself what it did.
 */
export function useWatch(qualifiedName: string, keys: readonly QueryKey[], everyMs = EVERY_MS): void {
  const client = useQueryClient();

  const askAgain = async () => {
    const isDeleting = client.isMutating({ mutationKey: serverKeys.delete(qualifiedName) }) > 0;
    if (isDeleting) return;
    const ask = (queryKey: QueryKey) =>
      client.refetchQueries({ queryKey, exact: true, type: 'active' }, { cancelRefetch: false });
    await Promise.all(keys.map(ask));
    const error = client.getQueryState(serverKeys.detail(qualifiedName))?.error;
    if (error instanceof ApiError && error.status === 404) {
      // A list that has it is old, however short a while ago it was asked for: whoever comes back to it must not find its row.
      client.setQueriesData<ReadList>(
        { queryKey: serverKeys.lists },
        (list) => list && changeServers(list, (row) => (row.qualifiedName === qualifiedName ? null : row)),
      );
      await client.invalidateQueries({ queryKey: serverKeys.lists, refetchType: 'none' });
    }
  };
  // What failed without a network need not wait for its turn.
  useWhileSeen(askAgain, { everyMs, jitterMs: JITTER_MS, isForNetwork: true });
}
