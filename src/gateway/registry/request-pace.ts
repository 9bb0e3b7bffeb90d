import { setTimeout as sleep } from 'node:timers/promises';
import type { RegistryFetch } from './registry-calls.ts';
import { retryAfterSeconds } from './response-parsing.ts';

/** How often a registry is asked, all requests of this process together. */
export interface RequestPace {
  /** The registry's fetch for what people wait for: it never waits, and what goes through it is counted. */
  counted: RegistryFetch;
  /** The registry's fetch for what took its turn. */
  inTurn: RegistryFetch;
  /**
   * Resolves when what nobody waits for may send one request: in the order in which they asked, not while the registry has
   * told us to wait, and not where so many were sent lately. Rejects where the signal is aborted.
   */
  turn(signal: AbortSignal): Promise<void>;
}

// A little longer than the second that is promised: requests arrive less evenly than they are sent.
const WINDOW_MS = 1100;
const FIRST_HOLD_MS = 5000;
const LONGEST_HOLD_MS = 60_000;

interface Options {
  fetch: RegistryFetch;
  perSecond: number;
  now: () => Date;
}

export function createRequestPace({ fetch, perSecond, now }: Options): RequestPace {
  // When the last of them were sent, the oldest first.
  let sent: number[] = [];
  let heldUntil = 0;
  let hold = FIRST_HOLD_MS;
  let last: Promise<unknown> = Promise.resolve();

  function count(): void {
    sent = [...sent, performance.now()].slice(-perSecond);
  }

  const inTurn: RegistryFetch = async (request, source) => {
    const response = await fetch(request, source);
    heed(response);
    return response;
  };

  function heed({ status, headers }: Response): void {
    const wait = retryAfterSeconds(headers.get('Retry-After'), now());
    if (status === 429 || (status === 503 && wait !== null)) {
      // Without a word on how long, or told to come at once and refused, ever longer.
      const pause = wait === null || wait === 0 ? hold : wait * 1000;
      heldUntil = Math.max(heldUntil, performance.now() + pause);
      hold = Math.min(hold * 2, LONGEST_HOLD_MS);
    } else if (status < 400) hold = FIRST_HOLD_MS;
  }

  async function wait(signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const earliest = sent.length < perSecond ? 0 : (sent[0] ?? 0) + WINDOW_MS;
      const pause = Math.max(heldUntil, earliest) - performance.now();
      if (pause <= 0) return count();
      await sleep(pause, undefined, { signal, ref: false });
    }
  }

  return {
    inTurn,
    counted: async (request, source) => {
      count();
      return inTurn(request, source);
    },
    async turn(signal) {
      const mine = last.then(async () => wait(signal));
      last = mine.catch(() => {});
      return mine;
    },
  };
}
