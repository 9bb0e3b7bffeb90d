import { toCard, type ReleaseCard } from '#registry/release-scan/release-card.ts';
import type { Manifest } from './manifest-shape.ts';

/**
 * What a bundle offers: what was sent along with it goes before what its manifest says, and null says nothing. Throws
 * ReleaseProblem where it is no card.
 */
export function bundleCard(manifest: Manifest, sent: Record<string, unknown>): ReleaseCard {
  const { name, version, display_name: title, description, homepage: websiteUrl, tools, prompts } = manifest;
  return toCard({
    ...sent,
    serverInfo: { name, version, title, description, websiteUrl, ...told(sent['serverInfo']) },
    tools: sent['tools'] ?? tools,
    prompts: sent['prompts'] ?? prompts,
  });
}

function told(info: unknown): object {
  if (typeof info !== 'object' || info === null) return {};
  return Object.fromEntries(Object.entries(info).filter(([, value]) => value !== null));
}
