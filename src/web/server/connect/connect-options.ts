import { parseQualifiedName } from '#contract/qualified-name.ts';
import type { ServerDetail } from '#contract/registry-answers.ts';
import { SMITHERY } from '#web/components/publishing/registry-command.ts';
import { CLIENT_CONFIGS, shellWord, SHELL_KEY_HEADER } from './client-configs.ts';
import { connectionsOf } from './connection.ts';

/** One way to use a server: a text to copy, and what to do with it. */
export interface ConnectOption {
  label: string;
  text: string;
  /** Present where it is for one client: what to do with the text. */
  client?: { place: string; key: string | null };
}

/** True where an address is the registry's own, which wants a key of whoever calls it. */
export function needsKey(url: string, registryUrl: string | undefined): boolean {
  return registryUrl !== undefined && registryUrl !== SMITHERY && url.startsWith(`${registryUrl}/`);
}

/**
 * The ways to connect to a server of the registry at `registryUrl`, the plainest first. Addresses that are not http or
 * https are left out.
 */
export function connectOptions(server: ServerDetail, registryUrl: string | undefined): ConnectOption[] {
  const name = shortName(server.qualifiedName);
  const options: ConnectOption[] = [];
  for (const connection of connectionsOf(server)) {
    const isGuarded = needsKey(connection.url, registryUrl);
    if (connection.kind === 'bundle') {
      options.push(...bundleOptions(connection.url, name, isGuarded));
      continue;
    }
    const { url, transport } = connection;
    // What every client takes as a name.
    const target = { name: name.replaceAll(/[^\w-]/g, '-'), url, transport, needsKey: isGuarded };
    options.push({ label: transport === 'sse' ? 'MCP URL (SSE)' : 'MCP URL', text: url });
    for (const { label, place, key, text } of CLIENT_CONFIGS) {
      options.push({ label, text: text(target), client: { place, key: isGuarded ? key : null } });
    }
  }
  if (registryUrl === SMITHERY && options.length > 0) {
    options.push({
      label: 'Smithery command line',
      text: `npx -y smithery mcp add ${shellWord(server.qualifiedName)}`,
    });
  }
  return options;
}

function bundleOptions(link: string, name: string, isGuarded: boolean): ConnectOption[] {
  if (!isGuarded) return [{ label: 'MCPB bundle', text: link }];
  const url = lastingUrl(link);
  const command = `curl -fo ${shellWord(`${name}.mcpb`)} -H ${SHELL_KEY_HEADER} ${shellWord(url)}`;
  return [
    { label: 'MCPB bundle', text: url },
    { label: 'Download', text: command },
  ];
}

// The link itself is good for an hour; what people copy is to be good for longer, with a key.
function lastingUrl(link: string): string {
  const url = new URL(link);
  url.searchParams.delete('grant');
  return url.href;
}

/** The name a client knows the server by: the last part of the qualified name. */
function shortName(qualifiedName: string): string {
  const parsed = parseQualifiedName(qualifiedName);
  if (parsed === undefined) return qualifiedName;
  return parsed.server === '' ? parsed.namespace : parsed.server;
}
