import { sql, type RawBuilder } from 'kysely';

const PRIME = 2_147_483_647;

/** What to order rows by so that each seed gives another order, and the same seed the same one. */
export function shuffled(rid: string, seed: number): RawBuilder<unknown> {
  // Multiplying in a prime field is a permutation.
  return sql`(${sql.ref(rid)} * cast(${shuffleFactor(seed)} as bigint)) % ${sql.lit(PRIME)}`;
}

// From 1 to PRIME - 1, far apart for neighbouring seeds and far above 1, so that few rows are shuffled well too.
function shuffleFactor(seed: number): number {
  const field = BigInt(PRIME - 1);
  const spread = ((BigInt(seed) + 2_654_435_769n) * 1_540_483_477n) % field;
  return Number((spread + field) % field) + 1;
}
