import type { LogListResponse } from '@smithery/api/resources/servers/logs';
import { queryOptions } from '@tanstack/react-query';
import { registryPaths } from '#contract/api-paths.ts';
import { readRegistry } from './call-api.ts';
import { requireCount } from './response-checks.ts';
import { serverKeys } from './server-cache.ts';

const HOUR = 3_600_000;

/** How often the server was called in the last hour and in the last 7 days. */
export const callsQuery = (qualifiedName: string) =>
  queryOptions({
    queryKey: serverKeys.part(qualifiedName, 'calls'),
    queryFn: async ({ signal }) => {
      const [lastHour, lastWeek] = await Promise.all([
        countSince(HOUR, qualifiedName, signal),
        countSince(7 * 24 * HOUR, qualifiedName, signal),
      ]);
      return { lastHour, lastWeek };
    },
    staleTime: 0,
  });

// The log gives no counts of its own; one line of it comes with the number of all that match.
async function countSince(age: number, qualifiedName: string, signal: AbortSignal): Promise<number> {
  const from = new Date(Date.now() - age).toISOString();
  const query = { from, limit: 1 };
  const { total } = await readRegistry<LogListResponse>(registryPaths.logs(qualifiedName), signal, query);
  return requireCount(total);
}
