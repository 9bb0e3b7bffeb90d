import type { Kysely, SelectQueryBuilder } from 'kysely';
import type { Database } from '#database/schema.ts';

const DAY_MS = 86_400_000;
const HOUR_LENGTH = 13;
const DAY_LENGTH = 10;

/** The servers whose calls are summed up, by their row numbers. */
type Servers = readonly number[] | SelectQueryBuilder<Database, 'servers', { rid: number }>;

/**
 * The calls of these servers in so many days until now, the hour in which they began included. A server without calls is in
 * no row.
 */
export function callsWithin(
  db: Kysely<Database>,
  servers: Servers,
  { days, now }: { days: number; now: Date },
) {
  const began = new Date(now.getTime() - days * DAY_MS).toISOString();
  const [firstHour, firstDay] = [began.slice(0, HOUR_LENGTH), began.slice(0, DAY_LENGTH)];
  // Whole days by the day, and what is left of the first one by the hour.
  const parts = db
    .selectFrom('call_days')
    .select(['server_rid', 'calls', 'errors'])
    .where('server_rid', 'in', servers)
    .where('day', '>', firstDay)
    .unionAll(
      db
        .selectFrom('call_hours')
        .select(['server_rid', 'calls', 'errors'])
        .where('server_rid', 'in', servers)
        .where('hour', '>=', firstHour)
        .where('hour', '<', `${firstDay}~`),
    );
  return db
    .selectFrom(parts.as('parts'))
    .select((eb) => [
      'server_rid',
      eb.fn.sum<number>('calls').as('calls'),
      eb.fn.sum<number>('errors').as('errors'),
    ])
    .groupBy('server_rid');
}
