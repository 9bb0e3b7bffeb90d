import { repeat, type RepeatedWork } from '#platform/repeated-work.ts';
import type { RegistryContext } from '#registry/context.ts';
import { forgetEndedServers } from '#registry/filing/server-versions.ts';
import { forgetEndedHolds } from './name-holds.ts';

const EVERY_MS = 3_600_000;

/** Forgets the holds that ended, and the deleted servers that they were of, at its start and every hour, until it is closed. */
export function startHoldExpiry({
  db,
  now,
  reportError,
}: Pick<RegistryContext, 'db' | 'now' | 'reportError'>): RepeatedWork {
  async function forget(): Promise<void> {
    await forgetEndedHolds(db, now());
    await forgetEndedServers(db, now());
  }
  return repeat(forget, { firstMs: 0, everyMs: EVERY_MS, onError: reportError });
}
