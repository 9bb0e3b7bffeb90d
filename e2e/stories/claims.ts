import type { Operation } from '#contract/operations.ts';
import { isOwned, type World } from './story-world.ts';

/** One delete that was asked for, as a story knows it. */
export interface AskedDelete {
  id: string;
  target: string;
  /** The moment of asking, as an index into the world's history. */
  askedAt: number;
}

/** What an entry says became of an operation, and which server it took for the one that was meant. */
export interface Claim extends Pick<Operation, 'state' | 'finding' | 'status' | 'movedTo'> {
  targetId: string | null;
}

/** Why what is claimed is not so, or cannot be known; undefined where it is true. It may be weaker than the truth. */
export function falsehood(world: World, asked: AskedDelete, claim: Claim): string | undefined {
  const { target } = asked;
  const { state, finding, status, targetId, movedTo = '' } = claim;
  const arrived = world.deletes.find(({ operation }) => operation === asked.id);
  const moments = world.history.slice(arrived?.arrivedAt ?? asked.askedAt);
  const now = world.history.at(-1)?.servers;
  const lives = [...(now?.values() ?? [])].includes(targetId ?? '');
  const sometimes = (isSo: (moment: World['history'][number]) => boolean) => moments.some(isSo);
  const wasThere = sometimes(({ servers }) => servers.has(target));
  const wasAbsent = sometimes(({ servers }) => !servers.has(target));
  const was404 = arrived?.status === 404;
  const isTrue: Record<string, boolean> = {
    'applied, confirmed': arrived !== undefined && arrived.confirmed,
    // "Very probably by this delete": that it is gone is what must be so.
    'applied, nowhere': targetId !== null && !lives,
    'refused, nowhere': was404 && targetId !== null && !lives,
    'refused, gone': was404 && wasAbsent,
    'refused, moved':
      movedTo !== target &&
      targetId !== null &&
      sometimes(({ servers }) => servers.get(movedTo) === targetId),
    'refused, still-there': targetId !== null && sometimes(({ servers }) => servers.get(target) === targetId),
    'refused, not-owned': was404 && wasThere && !isOwned(target),
    'refused, recreated': arrived === undefined && targetId !== null,
    'refused, not-sent': arrived === undefined,
    'refused, null':
      status === null
        ? arrived === undefined
        : arrived !== undefined && arrived.status === status && arrived.ended === null,
    'inconclusive, gone': wasAbsent,
    'inconclusive, uncompared': wasThere,
    'inconclusive, moved': sometimes(({ moved }) => moved.get(target) === movedTo),
    'inconclusive, another-there': sometimes(
      ({ servers }) => servers.has(target) && servers.get(target) !== targetId,
    ),
    'sending, null': true,
    'unknown, null': true,
  };
  const words = `${state}, ${finding}`;
  return isTrue[words] === true
    ? undefined
    : `"${words}" (status ${status}, meant ${targetId}, moved to "${movedTo}") is claimed of ${target}`;
}
