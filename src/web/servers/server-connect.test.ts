import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { ServerDetail } from '#web/lib/registry-client.ts';
import { connectOptions } from './server-connect.ts';

const server: ServerDetail = {
  qualifiedName: 'acme/weather',
  displayName: 'Weather',
  description: '',
  iconUrl: null,
  remote: true,
  deploymentUrl: null,
  connections: [{ type: 'http', deploymentUrl: 'https://weather.example/mcp', configSchema: {} }],
  tools: null,
  resources: null,
  prompts: null,
  security: null,
};

const textOf = (label: string, options: ReturnType<typeof connectOptions>) =>
  options.find((option) => option.label === label)?.text;

describe('the ways to connect', () => {
  it('begin with the URL and give a configuration that parses', () => {
    const options = connectOptions(server, false);
    expect(options[0]).toEqual({ label: 'MCP URL', text: 'https://weather.example/mcp' });
    expect(JSON.parse(textOf('Client configuration', options) ?? '')).toEqual({
      mcpServers: { weather: { type: 'http', url: 'https://weather.example/mcp' } },
    });
  });

  it('name Smithery’s command line on Smithery alone', () => {
    expect(textOf('Smithery command line', connectOptions(server, true))).toContain('acme/weather');
    expect(textOf('Smithery command line', connectOptions(server, false))).toBeUndefined();
  });

  it('are the bundle for a server that runs on the user’s machine', () => {
    const bundleUrl = 'https://registry.example/weather.mcpb';
    const local: ServerDetail = {
      ...server,
      remote: false,
      connections: [{ type: 'stdio', bundleUrl, configSchema: {}, runtime: 'node' }],
    };
    expect(connectOptions(local, false)).toEqual([{ label: 'MCPB bundle', text: bundleUrl }]);
  });

  it('are none where nothing was released', () => {
    expect(connectOptions({ ...server, connections: [] }, true)).toEqual([]);
  });

  it('leave out an address that is not of the web', () => {
    const hostile = { type: 'http', deploymentUrl: 'javascript:alert(1)', configSchema: {} } as const;
    expect(connectOptions({ ...server, connections: [hostile] }, false)).toEqual([]);
  });

  it('give the shell one word each, whatever the registry wrote', () => {
    const url = "https://weather.example/$(touch owned)?a=1&b='x';`id`";
    const hostile = { type: 'http', deploymentUrl: url, configSchema: {} } as const;
    const command = textOf('Claude Code', connectOptions({ ...server, connections: [hostile] }, false)) ?? '';
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
