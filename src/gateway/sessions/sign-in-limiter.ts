import { createRateLimiter } from '#platform/rate-limiter.ts';
import { Problem } from '#gateway/http/problem.ts';

const ATTEMPTS_PER_KEY = 10;
const ATTEMPTS_PER_CLIENT = 10;
const ATTEMPTS_IN_ALL = 100;

/** Who tries to sign in. */
interface Attempt {
  /** Where they are, as their address. */
  client: string;
  /** Tells what they show apart from other keys without holding it. */
  credential: string;
}

/** Slows down guessing, without turning away whoever shows the right key. */
export interface SignInLimiter {
  /**
   * Runs the check of what was shown, which throws a Problem `bad-credentials` where it is wrong. The same wrong key is
   * refused unchecked after ten times a minute. Who showed many wrong ones is checked one after the other, and told to
   * wait where it was wrong again: others at the same address may have shown those.
   */
  limited<Result>(attempt: Attempt, check: () => Promise<Result>): Promise<Result>;
}

export function createSignInLimiter(now: () => Date): SignInLimiter {
  const perKey = createRateLimiter(ATTEMPTS_PER_KEY, now);
  const perClient = createRateLimiter(ATTEMPTS_PER_CLIENT, now);
  const inAll = createRateLimiter(ATTEMPTS_IN_ALL, now);
  const inTurn = createLanes();

  return {
    async limited({ client, credential }, check) {
      const keyWait = perKey.take(credential);
      if (keyWait > 0) throw tooManyAttempts(keyWait);
      const clientWait = perClient.take(client);
      const wait = Math.max(clientWait, inAll.take(''));
      try {
        const result = wait === 0 ? await check() : await inTurn(clientWait > 0 ? client : '', check);
        giveBack();
        return result;
      } catch (error) {
        if (!(error instanceof Problem) || error.code !== 'bad-credentials') giveBack();
        else if (wait > 0) throw tooManyAttempts(wait);
        throw error;
      }

      // It was right, or could not be checked.
      function giveBack(): void {
        perKey.giveBack(credential);
        if (wait > 0) return;
        perClient.giveBack(client);
        inAll.giveBack('');
      }
    },
  };
}

/** Runs one piece of work at a time in each lane. */
function createLanes(): <Result>(lane: string, work: () => Promise<Result>) => Promise<Result> {
  const last = new Map<string, Promise<unknown>>();
  return async (lane, work) => {
    const before = last.get(lane) ?? Promise.resolve();
    const mine = before.then(work);
    const settled = mine.catch(() => {});
    last.set(lane, settled);
    void settled.then(() => {
      if (last.get(lane) === settled) last.delete(lane);
    });
    return mine;
  };
}

function tooManyAttempts(seconds: number): Problem {
  return new Problem(429, 'too-many-attempts', `Too many attempts. Try again in ${seconds} s.`, {
    headers: { 'Retry-After': String(seconds) },
  });
}
