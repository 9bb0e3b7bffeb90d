import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { ServerDetail } from '#contract/registry-answers.ts';
import { connectOptions } from './connect-options.ts';

const server: ServerDetail = {
  qualifiedName: 'acme/weather',
  displayName: 'Weather',
  description: '',
  iconUrl: null,
  remote: true,
  deploymentUrl: null,
  connections: [{ type: 'http', deploymentUrl: 'https://weather.example/mcp', transport: null }],
  tools: null,
  toolCount: null,
  security: null,
};

const SMITHERY = 'https://api.smithery.ai';
const ELSEWHERE = 'https://registry.test';

const textOf = (label: string, options: ReturnType<typeof connectOptions>) =>
  options.find((option) => option.label === label)?.text;

describe('the ways to connect', () => {
  it('begin with the URL and give a configuration that parses', () => {
    const options = connectOptions(server, ELSEWHERE);
    expect(options[0]).toEqual({ label: 'MCP URL', text: 'https://weather.example/mcp' });
    expect(JSON.parse(textOf('Client configuration', options) ?? '')).toEqual({
      mcpServers: { weather: { type: 'http', url: 'https://weather.example/mcp' } },
    });
  });

  it('say that a server speaks the older transport, since clients are told which to speak', () => {
    const deploymentUrl = 'https://weather.example/sse';
    const options = connectOptions(
      { ...server, connections: [{ type: 'http', deploymentUrl, transport: 'sse' }] },
      ELSEWHERE,
    );
    expect(options[0]).toEqual({ label: 'MCP URL (SSE)', text: deploymentUrl });
    expect(JSON.parse(textOf('Client configuration', options) ?? '')).toEqual({
      mcpServers: { weather: { type: 'sse', url: deploymentUrl } },
    });
    expect(textOf('Claude Code', options)).toContain('claude mcp add --transport sse weather ');
  });

  it('name Smithery’s command line on Smithery alone', () => {
    expect(textOf('Smithery command line', connectOptions(server, SMITHERY))).toContain('acme/weather');
    expect(textOf('Smithery command line', connectOptions(server, ELSEWHERE))).toBeUndefined();
  });

  it('show a key where the registry itself is called, and never a real one', () => {
    const deploymentUrl = 'https://desk.test/registry/mcp/acme%2Fweather';
    const connections = [{ type: 'http', deploymentUrl, transport: null }] as const;
    const options = connectOptions(
      { ...server, connections: [...connections] },
      'https://desk.test/registry',
    );
    expect(JSON.parse(textOf('Client configuration', options) ?? '')).toEqual({
      mcpServers: {
        weather: { type: 'http', url: deploymentUrl, headers: { Authorization: 'Bearer ${TOUCHMARK_KEY}' } },
      },
    });
    expect(textOf('Claude Code', options)).toContain('--header "Authorization: Bearer $TOUCHMARK_KEY"');
    // Under one name, whichever client.
    const forClients = options.filter(({ client }) => client !== undefined);
    expect(forClients.map(({ text }) => /\bTOUCHMARK_KEY\b/.test(text))).toEqual(forClients.map(() => true));
  });

  it('fetch a bundle of the registry itself with a key', () => {
    const bundleUrl = 'https://desk.test/registry/servers/acme%2Fweather/download';
    const connections = [
      { type: 'stdio', bundleUrl: `${bundleUrl}?grant=for-an-hour`, signer: null },
    ] as const;
    const options = connectOptions(
      { ...server, connections: [...connections] },
      'https://desk.test/registry',
    );
    expect(textOf('Download', options)).toBe(
      `curl -fo weather.mcpb -H "Authorization: Bearer $TOUCHMARK_KEY" ${bundleUrl}`,
    );
  });

  it('are the bundle for a server that runs on the user’s machine', () => {
    const bundleUrl = 'https://registry.example/weather.mcpb';
    const local: ServerDetail = {
      ...server,
      remote: false,
      connections: [{ type: 'stdio', bundleUrl, signer: null }],
    };
    expect(connectOptions(local, ELSEWHERE)).toEqual([{ label: 'MCPB bundle', text: bundleUrl }]);
  });

  it('are none where nothing was released', () => {
    expect(connectOptions({ ...server, connections: [] }, SMITHERY)).toEqual([]);
  });

  it('leave out an address that is not of the web', () => {
    const hostile = { type: 'http', deploymentUrl: 'javascript:alert(1)', transport: null } as const;
    expect(connectOptions({ ...server, connections: [hostile] }, ELSEWHERE)).toEqual([]);
  });

  it('give the shell one word each, whatever the registry wrote', () => {
    const url = "https://weather.example/$(touch owned)?a=1&b='x';`id`";
    const hostile = { type: 'http', deploymentUrl: url, transport: null } as const;
    const command =
      textOf('Claude Code', connectOptions({ ...server, connections: [hostile] }, ELSEWHERE)) ?? '';
    const printed = execFileSync('sh', ['-c', command.replace(/^claude /, String.raw`printf '%s\n' `)], {
      encoding: 'utf8',
      env: {},
    });
    expect(printed.trimEnd().split('\n')).toEqual([
      'mcp',
      'add',
      '--transport',
      'http',
      'weather',
      new URL(url).href,
    ]);
  });
});
