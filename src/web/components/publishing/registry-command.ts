import type { RegistryInfo } from '#contract/session.ts';

/** The only registry that the official command line knows by itself. */
export const SMITHERY = 'https://api.smithery.ai';

/**
 * A command of the official command line, as it has to be typed to reach this registry: the key is in TOUCHMARK_KEY,
 * save for Smithery's own, where the command line is signed in.
 */
export function registryCommand({ url }: RegistryInfo, command: string): string {
  const line = `npx @smithery/cli ${command}`;
  return url === SMITHERY
    ? line
    : [`SMITHERY_BASE_URL=${url}`, 'SMITHERY_API_KEY=$TOUCHMARK_KEY', line].join(' \\\n  ');
}
