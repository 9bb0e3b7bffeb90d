import { registryPaths } from '#contract/api-paths.ts';
import { namespaceList, readAnswer } from './registry-answers.ts';
import type { RegistryOutcome } from './registry-calls.ts';

/** Asks for the namespaces of the key's owner; without parameters the registry gives all of them. */
export function namespacesCall(apiKey: string) {
  return { method: 'GET' as const, path: registryPaths.namespaces(), apiKey };
}

/** The names in the registry's answer, sorted; undefined where it is no such answer. */
export function namespacesIn(outcome: RegistryOutcome): string[] | undefined {
  if (outcome.kind !== 'answered' || outcome.status !== 200) return undefined;
  return readAnswer(outcome.body, namespaceList)
    ?.answer.namespaces.map(({ name }) => name)
    .sort();
}
