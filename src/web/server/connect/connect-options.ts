import { parseQualifiedName } from '#contract/qualified-name.ts';
import type { ServerDetail } from '#contract/registry-answers.ts';
import { safeHref } from '#web/lib/safe-link.ts';

/** One way to use a server: a text to copy, and what to do with it. */
export interface ConnectOption {
  label: string;
  text: string;
}

// The only registry that Smithery's command line knows by itself.
const SMITHERY = 'https://api.smithery.ai';
// As a shell puts it in; the key itself is never on the page.
const KEY_HEADER = '"Authorization: Bearer $TOUCHMARK_KEY"';

/** True where an address is the registry's own, which wants a key of whoever calls it. */
export function needsKey(text: string, registryUrl: string | undefined): boolean {
  return registryUrl !== undefined && registryUrl !== SMITHERY && text.includes(`${registryUrl}/`);
}

/** Where a server is called, by the registry's word; undefined where it is not, or the address is not http or https. */
export function mcpUrl(server: ServerDetail): string | undefined {
  return safeHref(httpConnection(server)?.deploymentUrl ?? server.deploymentUrl);
}

function httpConnection({ connections }: ServerDetail) {
  return connections?.find((connection) => connection.type === 'http');
}

/**
 * The ways to connect to a server of the registry at `registryUrl`, the plainest first. Addresses that are not http or
 * https are left out.
 */
export function connectOptions(server: ServerDetail, registryUrl: string | undefined): ConnectOption[] {
  const options: ConnectOption[] = [];
  const url = mcpUrl(server);
  if (url !== undefined) {
    const name = shortName(server.qualifiedName);
    const isGuarded = needsKey(url, registryUrl);
    const headers = isGuarded ? { headers: { Authorization: 'Bearer YOUR_API_KEY' } } : {};
    // Clients do not find out by themselves.
    const type = httpConnection(server)?.transport ?? 'http';
    const command = `claude mcp add --transport ${type} ${shellWord(name)} ${shellWord(url)}`;
    options.push(
      { label: type === 'sse' ? 'MCP URL (SSE)' : 'MCP URL', text: url },
      {
        label: 'Client configuration',
        text: JSON.stringify({ mcpServers: { [name]: { type, url, ...headers } } }, null, 2),
      },
      { label: 'Claude Code', text: isGuarded ? `${command} --header ${KEY_HEADER}` : command },
    );
  }
  const stdio = server.connections?.find((connection) => connection.type === 'stdio');
  const link = safeHref(stdio?.bundleUrl);
  if (link !== undefined) {
    const isGuarded = needsKey(link, registryUrl);
    const bundle = isGuarded ? lastingUrl(link) : link;
    options.push({ label: 'MCPB bundle', text: bundle });
    if (isGuarded) {
      const file = shellWord(`${shortName(server.qualifiedName)}.mcpb`);
      options.push({ label: 'Download', text: `curl -fo ${file} -H ${KEY_HEADER} ${shellWord(bundle)}` });
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

/** A text as one word of a POSIX shell: nothing in it can run, whoever wrote it. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
