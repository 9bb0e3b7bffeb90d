import type { Kysely } from 'kysely';
import type { Database } from '#database/schema.ts';
import { Problem } from '#gateway/http/problem.ts';
import { createSignInAttempts } from './sign-in-attempts.ts';

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

export function createSignInLimiter(db: Kysely<Database>, now: () => Date): SignInLimiter {
  const attempts = (kind: string, perMinute: number) => createSignInAttempts(db, { kind, perMinute, now });
  const perKey = attempts('key', ATTEMPTS_PER_KEY);
  const perClient = attempts('client', ATTEMPTS_PER_CLIENT);
  const inAll = attempts('all', ATTEMPTS_IN_ALL);
  const inTurn = createLanes();

  return {
    async limited({ client, credential }, check) {
      const keyWait = await perKey.take(credential);
      if (keyWait > 0) throw tooManyAttempts(keyWait);
      const clientWait = await perClient.take(client);
      const wait = Math.max(clientWait, await inAll.take(''));
      try {
        const result = wait === 0 ? await check() : await inTurn(clientWait > 0 ? client : '', check);
        await giveBack();
        return result;
      } catch (error) {
        if (!(error instanceof Problem) || error.code !== 'bad-credentials') await giveBack();
        else if (wait > 0) throw tooManyAttempts(wait);
        throw error;
      }

      // It was right, or could not be checked.
      async function giveBack(): Promise<void> {
        await perKey.giveBack(credential);
        if (wait > 0) return;
        await perClient.giveBack(client);
        await inAll.giveBack('');
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
