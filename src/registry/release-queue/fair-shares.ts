import type { ReleaseType } from '#database/registry-tables.ts';

/** Whose release waits or runs, and of which kind. */
export interface Share {
  ownerId: string;
  type: ReleaseType;
}

// A release of a URL mostly waits for its upstream and holds no more than a connection; one of a bundle works.
const WAITING = { inAll: 64, ofOwner: 4 };
const WORKING = { inAll: 4, ofOwner: 2 };

/** Lets owners take turns, and none of them everything. */
export interface Turns {
  /** Whose release is to run next; undefined where all that wait have what is theirs already. */
  next<Waiting extends Share & { since: string }>(
    waiting: readonly Waiting[],
    running: readonly Share[],
  ): Waiting | undefined;
}

export function createTurns(): Turns {
  // When an owner's last turn was.
  const turns = new Map<string, number>();
  let turn = 0;

  return {
    next(waiting, running) {
      const runningOf = ({ ownerId }: Share): number =>
        running.filter((share) => share.ownerId === ownerId).length;
      const [first] = waiting
        .filter((share) => hasRoom(share, running))
        .sort(
          (a, b) =>
            runningOf(a) - runningOf(b) ||
            (turns.get(a.ownerId) ?? 0) - (turns.get(b.ownerId) ?? 0) ||
            (a.since < b.since ? -1 : 1),
        );
      if (first === undefined) return undefined;
      // Whose turn is long past has no older one than who never had any.
      for (const ownerId of turns.keys()) {
        if (!waiting.some((share) => share.ownerId === ownerId)) turns.delete(ownerId);
      }
      turns.set(first.ownerId, (turn += 1));
      return first;
    },
  };
}

function hasRoom({ ownerId, type }: Share, running: readonly Share[]): boolean {
  const isWork = (each: Share): boolean => each.type === 'stdio';
  const limits = type === 'stdio' ? WORKING : WAITING;
  const alike = running.filter((share) => isWork(share) === (type === 'stdio'));
  const own = alike.filter((share) => share.ownerId === ownerId);
  return alike.length < limits.inAll && own.length < limits.ofOwner;
}
