import { describe, expect, it } from 'vitest';
import { CLIENT_CONFIGS, type ClientConfig } from './client-configs.ts';

type ClientTarget = Parameters<ClientConfig['text']>[0];

const open: ClientTarget = {
  name: 'weather',
  url: 'https://weather.example/mcp',
  transport: 'http',
  needsKey: false,
};
const guarded: ClientTarget = { ...open, needsKey: true };
const older: ClientTarget = { ...guarded, transport: 'sse' };

const textFor = (label: string, target: ClientTarget): string =>
  CLIENT_CONFIGS.find((config) => config.label === label)?.text(target) ?? '';
const jsonFor = (label: string, target: ClientTarget): unknown => JSON.parse(textFor(label, target));

describe('what clients are told of a server', () => {
  it('is for each of them, once', () => {
    expect(CLIENT_CONFIGS.map(({ label }) => label)).toEqual([
      'Claude Desktop',
      'Claude Code',
      'Cursor',
      'VS Code',
      'Windsurf',
      'Codex',
      'Client configuration',
    ]);
  });

  it.each(CLIENT_CONFIGS.map(({ label }) => label))(
    'names the address to %s, and a key only where one is needed',
    (label) => {
      expect(textFor(label, open)).toContain(open.url);
      expect(textFor(label, open)).not.toMatch(/key|authorization/i);
      expect(textFor(label, guarded)).toContain('TOUCHMARK_KEY');
    },
  );

  it('is a program to start for Claude Desktop, with no space in an argument', () => {
    expect(jsonFor('Claude Desktop', guarded)).toEqual({
      mcpServers: {
        weather: {
          command: 'npx',
          args: [
            '-y',
            'mcp-remote',
            open.url,
            '--transport',
            'http-only',
            '--header',
            'Authorization:${AUTHORIZATION}',
          ],
          env: { AUTHORIZATION: 'Bearer TOUCHMARK_KEY' },
        },
      },
    });
    const inNetwork = { ...open, url: 'http://desk.local:4000/mcp' };
    expect(textFor('Claude Desktop', inNetwork)).toContain('--allow-http');
    expect(textFor('Claude Desktop', { ...open, url: 'http://127.0.0.1:4000/mcp' })).not.toContain(
      '--allow-http',
    );
  });

  it('is each editor’s own form', () => {
    expect(jsonFor('Cursor', guarded)).toEqual({
      mcpServers: { weather: { url: open.url, headers: { Authorization: 'Bearer ${env:TOUCHMARK_KEY}' } } },
    });
    expect(jsonFor('Windsurf', guarded)).toEqual({
      mcpServers: {
        weather: { serverUrl: open.url, headers: { Authorization: 'Bearer ${env:TOUCHMARK_KEY}' } },
      },
    });
    expect(jsonFor('VS Code', older)).toEqual({
      inputs: [
        { type: 'promptString', id: 'TOUCHMARK_KEY', description: 'API key of the registry', password: true },
      ],
      servers: {
        weather: { type: 'sse', url: open.url, headers: { Authorization: 'Bearer ${input:TOUCHMARK_KEY}' } },
      },
    });
  });

  it('is TOML for Codex, which needs a bridge for the older transport', () => {
    expect(textFor('Codex', guarded)).toBe(
      `[mcp_servers.weather]\nurl = "${open.url}"\nbearer_token_env_var = "TOUCHMARK_KEY"`,
    );
    expect(textFor('Codex', { ...older, needsKey: false })).toBe(
      `[mcp_servers.weather]\ncommand = "npx"\nargs = ["-y", "mcp-remote", "${open.url}", "--transport", "sse-only"]`,
    );
  });
});
