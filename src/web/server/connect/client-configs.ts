/** A server as clients are told of it. */
interface ClientTarget {
  /** What the client is to call it: letters, digits, `-` and `_`, which all of them take. */
  name: string;
  url: string;
  transport: 'http' | 'sse';
  /** True where whoever calls it has to show a key of the registry. */
  needsKey: boolean;
}

/** How one client is told of a server. */
export interface ClientConfig {
  label: string;
  /** Where the text goes. */
  place: string;
  /** Where the client finds the key; for a server that needs one. */
  key: string;
  text: (target: ClientTarget) => string;
}

/** What the key of the registry is called, in every client and in every command. */
export const KEY_VARIABLE = 'TOUCHMARK_KEY';
/** The header with the key, as a shell puts it in. */
export const SHELL_KEY_HEADER = `"Authorization: Bearer $${KEY_VARIABLE}"`;

const FROM_ENVIRONMENT = `It reads your key from the environment variable ${KEY_VARIABLE}.`;
const IN_PLACE = `Put your key in place of ${KEY_VARIABLE}: it reads no variables there.`;

/**
 * Every client that the page has words for. Sources: the clients' own documentation, in November 2026 (Claude Code: `mcp
 * add`; Claude Desktop: local servers, with mcp-remote's README; Cursor: mcp.json; VS Code: MCP configuration reference;
 * Windsurf: mcp_config.json; Codex: config.toml).
 */
export const CLIENT_CONFIGS: readonly ClientConfig[] = [
  {
    label: 'Claude Desktop',
    place:
      'In claude_desktop_config.json (Settings, Developer, Edit Config). It starts a bridge, which needs Node.js.',
    key: IN_PLACE,
    text: (target) => json({ mcpServers: { [target.name]: bridge(target) } }),
  },
  {
    label: 'Claude Code',
    place: 'In a terminal.',
    key: `The shell reads your key from the variable ${KEY_VARIABLE}.`,
    text: ({ name, url, transport, needsKey }) => {
      const command = `claude mcp add --transport ${transport} ${shellWord(name)} ${shellWord(url)}`;
      return needsKey ? `${command} --header ${SHELL_KEY_HEADER}` : command;
    },
  },
  {
    label: 'Cursor',
    place: 'In .cursor/mcp.json of a project, or ~/.cursor/mcp.json for all.',
    key: FROM_ENVIRONMENT,
    text: ({ name, url, needsKey }) =>
      json({ mcpServers: { [name]: { url, ...keyHeader(needsKey, `\${env:${KEY_VARIABLE}}`) } } }),
  },
  {
    label: 'VS Code',
    place: 'In .vscode/mcp.json of a workspace, or by the command “MCP: Open User Configuration”.',
    key: 'It asks for your key once, and keeps it.',
    text: ({ name, url, transport, needsKey }) =>
      json({
        ...(needsKey ? { inputs: [KEY_INPUT] } : {}),
        servers: { [name]: { type: transport, url, ...keyHeader(needsKey, `\${input:${KEY_VARIABLE}}`) } },
      }),
  },
  {
    label: 'Windsurf',
    place: 'In ~/.codeium/windsurf/mcp_config.json.',
    key: FROM_ENVIRONMENT,
    text: ({ name, url, needsKey }) =>
      json({ mcpServers: { [name]: { serverUrl: url, ...keyHeader(needsKey, `\${env:${KEY_VARIABLE}}`) } } }),
  },
  {
    label: 'Codex',
    place: 'In ~/.codex/config.toml.',
    key: FROM_ENVIRONMENT,
    text: (target) => (target.transport === 'sse' ? codexBridge(target) : codexAddress(target)),
  },
  {
    label: 'Client configuration',
    place: 'For clients that take JSON of this form, as .mcp.json of Claude Code.',
    key: `Your key is in the environment variable ${KEY_VARIABLE}; for a client that reads none, put it in place of \${${KEY_VARIABLE}}.`,
    text: ({ name, url, transport, needsKey }) =>
      json({
        mcpServers: { [name]: { type: transport, url, ...keyHeader(needsKey, `\${${KEY_VARIABLE}}`) } },
      }),
  },
];

const KEY_INPUT = {
  type: 'promptString',
  id: KEY_VARIABLE,
  description: 'API key of the registry',
  password: true,
};

function keyHeader(needsKey: boolean, key: string): { headers?: Record<string, string> } {
  return needsKey ? { headers: { Authorization: `Bearer ${key}` } } : {};
}

interface Program {
  command: string;
  args: string[];
  env?: Record<string, string>;
}

// For a client that starts programs only. The value is in the environment, because a space in an argument is lost on Windows.
function bridge({ url, transport, needsKey }: ClientTarget): Program {
  const args = ['-y', 'mcp-remote', url, '--transport', `${transport}-only`];
  if (!isReachedSafely(url)) args.push('--allow-http');
  if (!needsKey) return { command: 'npx', args };
  return {
    command: 'npx',
    args: [...args, '--header', 'Authorization:${AUTHORIZATION}'],
    env: { AUTHORIZATION: `Bearer ${KEY_VARIABLE}` },
  };
}

// Others the bridge does not call unless it is told to.
function isReachedSafely(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || hostname === 'localhost' || hostname === '127.0.0.1';
}

function codexAddress({ name, url, needsKey }: ClientTarget): string {
  const lines = [`[mcp_servers.${name}]`, `url = ${JSON.stringify(url)}`];
  if (needsKey) lines.push(`bearer_token_env_var = "${KEY_VARIABLE}"`);
  return lines.join('\n');
}

// It speaks no SSE.
function codexBridge(target: ClientTarget): string {
  const { command, args, env } = bridge(target);
  const lines = [
    `[mcp_servers.${target.name}]`,
    `command = ${JSON.stringify(command)}`,
    `args = [${args.map((text) => JSON.stringify(text)).join(', ')}]`,
  ];
  if (env !== undefined) {
    lines.push(`# ${IN_PLACE}`);
    for (const [name, value] of Object.entries(env))
      lines.push(`env = { ${name} = ${JSON.stringify(value)} }`);
  }
  return lines.join('\n');
}

function json(value: unknown): string {
  return JSON.stringify(value, null, 2);
}

/** A text as one word of a POSIX shell: nothing in it can run, whoever wrote it. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
