import { queryOptions } from '@tanstack/react-query';
import { registryPaths } from '#contract/api-paths.ts';
import type { SecretListAnswer } from '#contract/registry-answers.ts';
import { readRegistry } from '#web/api/calling/call-api.ts';
import { serverKeys } from '#web/api/server-cache/server-cache.ts';

/**
 * The secrets' names, those of them whose value is lost, and how many more could not be read; the registry never gives
 * their values.
 */
export const secretsQuery = (qualifiedName: string) =>
  queryOptions({
    queryKey: serverKeys.part(qualifiedName, 'secrets'),
    queryFn: async ({ signal }) => {
      const path = registryPaths.secrets(qualifiedName);
      const { answer, unreadable } = await readRegistry<SecretListAnswer>(path, signal);
      return {
        names: answer.map(({ name }) => name),
        lost: answer.filter(({ lost }) => lost === true).map(({ name }) => name),
        unreadable: unreadable.entries,
      };
    },
    staleTime: 15_000,
  });
