import { parseQualifiedName } from '#contract/qualified-name.ts';
import type { ListedServer } from '#contract/registry-answers.ts';

/** A list's entry of a server, plain but for what a test says of it. */
export function listedServer(qualifiedName: string, rest: Partial<ListedServer> = {}): ListedServer {
  return {
    id: qualifiedName,
    qualifiedName,
    displayName: qualifiedName,
    description: '',
    namespace: parseQualifiedName(qualifiedName)?.namespace ?? null,
    slug: null,
    homepage: 'https://example.com/',
    iconUrl: null,
    createdAt: '2026-01-01T00:00:00.000Z',
    useCount: 0,
    verified: false,
    remote: true,
    isDeployed: true,
    ...rest,
  };
}
