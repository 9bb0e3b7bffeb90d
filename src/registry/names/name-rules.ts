// Stricter than what may be asked for: a new name is safe in a host name, a shell and a file system.
const NAMESPACE = /^(?=.{3,39}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;
const SERVER = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** Why a namespace of this name cannot be made; undefined where it can. */
export function namespaceNameProblem(name: string): string | undefined {
  if (NAMESPACE.test(name)) return undefined;
  return 'Namespace name: must be 3 to 39 lower-case letters, digits and inner hyphens';
}

/** Why a user or organization of this name cannot be made; undefined where it can. */
export function ownerNameProblem(name: string): string | undefined {
  if (NAMESPACE.test(name)) return undefined;
  return 'Name: must be 3 to 39 lower-case letters, digits and inner hyphens';
}

/** Why a server of this name cannot be made in its namespace; undefined where it can. Empty: a namespace-only server. */
export function serverNameProblem(name: string): string | undefined {
  if (name === '' || SERVER.test(name)) return undefined;
  return 'Server name: must be 1 to 64 lower-case letters, digits, ".", "_" and "-", and begin with a letter or digit';
}
