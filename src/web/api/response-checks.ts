import { ApiError } from './call-api.ts';
import type { ListedServer, ServerDetail } from './server-cache.ts';

// Registries differ, and some answer less than they promise. What the pages rely on is made sure of here, once.

type Unsure<T> = { [Key in keyof T]?: T[Key] | null };

/**
 * A server's own answer with everything a page reads. Its name is the one that was asked for, whatever the answer
 * says: what is deleted from its page must be what the address names.
 */
export function completeServer(answer: Unsure<ServerDetail>, qualifiedName: string): ServerDetail {
  return {
    qualifiedName,
    displayName: answer.displayName || qualifiedName,
    description: answer.description ?? '',
    iconUrl: answer.iconUrl ?? null,
    remote: answer.remote ?? false,
    deploymentUrl: answer.deploymentUrl ?? null,
    connections: listOr(answer.connections, []),
    tools: listOr(answer.tools, null),
    resources: listOr(answer.resources, null),
    prompts: listOr(answer.prompts, null),
    security: answer.security ?? null,
  };
}

/** A server's entry in a list, where it says at least which server it is; else null. */
export function identifiedServer(entry: ListedServer | undefined): ListedServer | null {
  return entry === undefined || typeof entry.id !== 'string' ? null : entry;
}

/** The list; rejects an answer that has none. */
export function requireList<T>(list: T[] | undefined): T[] {
  if (!Array.isArray(list)) throw unreadable();
  return list;
}

/** The count; rejects an answer that has none. */
export function requireCount(count: number | undefined): number {
  if (typeof count !== 'number') throw unreadable();
  return count;
}

function listOr<T, F>(list: T[] | null | undefined, fallback: F): T[] | F {
  return Array.isArray(list) ? list.filter((item) => typeof item === 'object' && item !== null) : fallback;
}

function unreadable(): ApiError {
  return new ApiError('The registry gave an answer that cannot be read.', {
    status: 200,
    code: 'registry-bad-answer',
  });
}
