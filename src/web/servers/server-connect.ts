import { parseQualifiedName } from '#contract/qualified-name.ts';
import type { ServerDetail } from '#web/lib/registry-client.ts';
import { safeHref } from '#web/lib/safe-link.ts';

/** Where on a server's page the ways to connect are. */
export const CONNECT_ID = 'connect';

/** One way to use a server: a text to copy, and what to do with it. */
export interface ConnectOption {
  label: string;
  text: string;
}

/**
 * The ways to connect to a server, the plainest first. `onSmithery` tells whether it is on Smithery's own registry,
 * the only one that Smithery's command line knows. Addresses that are not http or https are left out.
 */
export function connectOptions(server: ServerDetail, onSmithery: boolean): ConnectOption[] {
  const options: ConnectOption[] = [];
  const http = server.connections.find((connection) => connection.type === 'http');
  const url = safeHref(http?.deploymentUrl ?? server.deploymentUrl);
  if (url !== undefined) {
    const name = shortName(server.qualifiedName);
    options.push(
      { label: 'MCP URL', text: url },
      {
        label: 'Client configuration',
        text: JSON.stringify({ mcpServers: { [name]: { type: 'http', url } } }, null, 2),
      },
      { label: 'Claude Code', text: `claude mcp add --transport http ${shellWord(name)} ${shellWord(url)}` },
    );
  }
  const stdio = server.connections.find((connection) => connection.type === 'stdio');
  const bundle = safeHref(stdio?.bundleUrl);
  if (bundle !== undefined) options.push({ label: 'MCPB bundle', text: bundle });
  if (onSmithery && options.length > 0) {
    options.push({
      label: 'Smithery command line',
      text: `npx -y smithery mcp add ${shellWord(server.qualifiedName)}`,
    });
  }
  return options;
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
