import type { Access, Permission, Resource, TokenLimit } from './access.ts';

/** What a request wants to do. */
export interface Ask {
  resource: Resource;
  permission: Permission;
  /** The namespace that the path names, empty where it cannot be read; null: it names none. */
  namespace: string | null;
}

/** Why a service token's limits do not allow this, for the person who holds it; undefined where they do. */
export function refusalOf(
  { policy, namespaces }: Pick<Access, 'policy' | 'namespaces'>,
  ask: Ask,
): string | undefined {
  for (const limit of policy) {
    const problem = limitProblem(limit, ask);
    if (problem !== undefined) return problem;
  }
  return namespaces === null ? undefined : namespaceProblem(namespaces, ask);
}

function limitProblem(
  { resources, operations }: TokenLimit,
  { resource, permission }: Ask,
): string | undefined {
  if (resources !== undefined && !resources.includes(resource)) {
    return `Service token: its policy allows resources ${resources.join(', ')}, not ${resource}`;
  }
  if (operations !== undefined && !operations.includes(permission)) {
    return `Service token: its policy allows operations ${operations.join(', ')}, not ${permission}`;
  }
  return undefined;
}

function namespaceProblem(namespaces: readonly string[], { permission, namespace }: Ask): string | undefined {
  if (namespaces.length === 0)
    return 'Service token: its limits have no namespace in common, so it allows nothing';
  const allowed = `Service token: its policy allows namespaces ${namespaces.join(', ')}`;
  if (namespace !== null) return namespaces.includes(namespace) ? undefined : `${allowed}, not this one`;
  // What is read without naming a namespace is a list, which holds only what is in scope.
  return permission === 'read' ? undefined : `${allowed}: name one of them in the path`;
}
