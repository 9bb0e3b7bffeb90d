import type { RegistryContext } from '#registry/context.ts';
import { forgetEndedHolds } from './name-holds.ts';

const EVERY_MS = 3_600_000;

/** Forgets the holds that ended, at its start and every hour, until it is closed. */
export function startHoldExpiry({
  db,
  now,
  reportError,
}: Pick<RegistryContext, 'db' | 'now' | 'reportError'>): { close(): Promise<void> } {
  let current = forget();
  const timer = setInterval(() => {
    current = forget();
  }, EVERY_MS).unref();

  async function forget(): Promise<void> {
    try {
      await forgetEndedHolds(db, now());
    } catch (error) {
      reportError(error);
    }
  }

  return {
    async close() {
      clearInterval(timer);
      await current;
    },
  };
}
