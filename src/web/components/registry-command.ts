import type { RegistryInfo } from '#contract/session.ts';

/** A command of the official command line, as it has to be typed to reach this registry. The key is in TOUCHMARK_KEY. */
export function registryCommand(registry: RegistryInfo, command: string): string {
  const line = `npx @smithery/cli ${command}`;
  return registry.embedded
    ? [`SMITHERY_BASE_URL=${registry.url}`, 'SMITHERY_API_KEY=$TOUCHMARK_KEY', line].join(' \\\n  ')
    : line;
}
