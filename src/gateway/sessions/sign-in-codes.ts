import { hashToken, randomToken, sameHash } from '#platform/sealing.ts';

const LIFETIME_MS = 10 * 60_000;

/** One-time sign-in codes of this process; only their hashes are held. */
export interface SignInCodes {
  create(): string;
  /** True once for each code, within ten minutes. */
  redeem(code: string): boolean;
}

export function createSignInCodes(now: () => Date): SignInCodes {
  let codes: { hash: string; expiresAt: number }[] = [];
  return {
    create() {
      const code = randomToken();
      codes.push({ hash: hashToken(code), expiresAt: now().getTime() + LIFETIME_MS });
      return code;
    },
    redeem(code) {
      const hash = hashToken(code);
      codes = codes.filter(({ expiresAt }) => now().getTime() < expiresAt);
      const remaining = codes.filter((candidate) => !sameHash(candidate.hash, hash));
      const known = remaining.length < codes.length;
      codes = remaining;
      return known;
    },
  };
}
