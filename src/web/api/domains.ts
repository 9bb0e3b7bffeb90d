import { queryOptions } from '@tanstack/react-query';
import { registryPaths } from '#contract/api-paths.ts';
import type { DomainListAnswer } from '#contract/registry-answers.ts';
import { readRegistry } from '#web/api/calling/call-api.ts';
import { serverKeys } from '#web/api/server-cache/server-cache.ts';

/** The names of the domains at which the server answers, and how many more could not be read. */
export const domainsQuery = (qualifiedName: string) =>
  queryOptions({
    queryKey: serverKeys.part(qualifiedName, 'domains'),
    queryFn: async ({ signal }) => {
      const path = registryPaths.domains(qualifiedName);
      const { answer, unreadable } = await readRegistry<DomainListAnswer>(path, signal);
      return { names: answer.domains.map(({ hostname }) => hostname), unreadable: unreadable.entries };
    },
    staleTime: 15_000,
  });
