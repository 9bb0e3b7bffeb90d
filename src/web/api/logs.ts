import { queryOptions } from '@tanstack/react-query';
import { registryPaths } from '#contract/api-paths.ts';
import type { LogListAnswer } from '#contract/registry-answers.ts';
import { ApiError, readRegistry } from '#web/api/calling/call-api.ts';
import { serverKeys } from '#web/api/server-cache/server-cache.ts';

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
  const { answer } = await readRegistry<LogListAnswer>(registryPaths.logs(qualifiedName), signal, query);
  if (answer.total !== null) return answer.total;
  throw new ApiError('The registry does not say how many calls there were.', {
    status: 200,
    code: 'registry-bad-answer',
  });
}
