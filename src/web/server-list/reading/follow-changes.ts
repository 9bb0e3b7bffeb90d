import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useEffectEvent, useRef } from 'react';
import type { ServerCounts } from '#contract/owned-servers.ts';
import { refreshServers } from '#web/api/owned-servers.ts';
import { serverKeys } from '#web/api/server-cache/server-cache.ts';
import { useWhileSeen } from '#web/ui/while-seen.ts';
import { differsFrom, type WholeList } from './whole-list.ts';

const EVERY_MS = 12_000;
const JITTER_MS = 2000;
// A reading of all that found no reason for what differs finds none at once again.
const READ_AGAIN_MS = 60_000;

interface Followed {
  list: WholeList | undefined;
  counts: ServerCounts | undefined;
  /** The names of the servers on screen. */
  namesOnScreen: () => readonly string[];
  /** Reads the whole list again. */
  readAgain: () => void;
}

/**
 * Lets the list follow what becomes of its servers: those on screen are asked for again and again, and all of them
 * once there are others than it has. A page that nobody sees asks for nothing, and none does while a server is being deleted.
 */
export function useFollowing({ list, counts, namesOnScreen, readAgain }: Followed): void {
  const client = useQueryClient();
  const readAt = useRef(0);
  const lastTotal = useRef<number>(undefined);

  const readAllAgain = () => {
    readAt.current = Date.now();
    readAgain();
  };

  const askAgain = async (signal: AbortSignal) => {
    const isDeleting = client.isMutating({ mutationKey: [...serverKeys.all, 'delete'] }) > 0;
    if (isDeleting) return;
    // Where it fails, the next time is soon; what is shown is as old as its line says.
    const isWhole = await refreshServers(client, namesOnScreen(), signal).catch(() => true);
    if (!isWhole && Date.now() - readAt.current > READ_AGAIN_MS) readAllAgain();
  };
  useWhileSeen(askAgain, { everyMs: EVERY_MS, jitterMs: JITTER_MS });

  // Each new total is a reason once: one that no reading explains is the registry's own affair.
  const total = differsFrom(counts, list) ? counts?.total : undefined;
  const readForTotal = useEffectEvent(readAllAgain);
  useEffect(() => {
    if (total === undefined || total === lastTotal.current) return;
    lastTotal.current = total;
    readForTotal();
  }, [total]);
}
