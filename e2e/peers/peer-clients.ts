import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { cleanEnvironment } from '#e2e/support/desk.ts';
import { peerFile, runPeer } from './peer-program.ts';

interface ToolCall {
  /** Where the server is reached. */
  url: string;
  headers: Record<string, string>;
  tool: string;
  args: Record<string, unknown>;
}

/** What a client was told: the names of the tools, and what the called one answered, as text. */
interface ToolAnswer {
  tools: string[];
  answer: string;
}

/** Clients of others: each lists the tools of a server and calls one. */
export const peerClients: Record<string, (call: ToolCall) => Promise<ToolAnswer>> = {
  'the SDK’s client, version 1': async (call) =>
    callBy(
      new StreamableHTTPClientTransport(new URL(call.url), { requestInit: { headers: call.headers } }),
      call,
    ),
  'the SDK’s client, version 2': async ({ url, headers, tool, args }) => {
    const given = [url, JSON.stringify(headers), tool, JSON.stringify(args)];
    const { tools, content } = JSON.parse(await outputOf(peerFile('modern-client.js'), given)) as {
      tools: string[];
      content: unknown;
    };
    return { tools, answer: JSON.stringify(content) };
  },
  'mcp-remote': async (call) => {
    const folder = await mkdtemp(join(tmpdir(), 'touchmark-remote-'));
    const headers = Object.entries(call.headers).flatMap(([name, value]) => ['--header', `${name}:${value}`]);
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [peerFile('mcp-remote'), call.url, ...headers],
      env: { ...cleanEnvironment(), MCP_REMOTE_CONFIG_DIR: folder },
      stderr: 'ignore',
    });
    try {
      return await callBy(transport, call);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
  'the inspector’s command line': async ({ url, headers, tool, args }) => {
    const file = peerFile('mcp-inspector-cli', '@modelcontextprotocol/inspector-cli').replace(
      'cli.js',
      'index.js',
    );
    const target = [url, '--transport', 'http'];
    const shown = Object.entries(headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`]);
    const given = Object.entries(args).flatMap(([name, value]) => ['--tool-arg', `${name}=${String(value)}`]);
    // It looks for its own version in the folder above the one where it is started.
    const inspect = async (...method: string[]): Promise<string> =>
      outputOf(file, [...target, ...shown, '--method', ...method], dirname(file));
    const { tools } = JSON.parse(await inspect('tools/list')) as { tools: { name: string }[] };
    return {
      tools: tools.map(({ name }) => name),
      answer: JSON.stringify(JSON.parse(await inspect('tools/call', '--tool-name', tool, ...given))),
    };
  },
};

async function callBy(transport: Transport, { tool, args }: ToolCall): Promise<ToolAnswer> {
  const client = new Client({ name: 'peer', version: '1.0.0' });
  await client.connect(transport);
  try {
    const { tools } = await client.listTools();
    const { content } = await client.callTool({ name: tool, arguments: args });
    return { tools: tools.map(({ name }) => name), answer: JSON.stringify(content) };
  } finally {
    await client.close();
  }
}

async function outputOf(file: string, args: string[], cwd?: string): Promise<string> {
  const { status, stdout, stderr } = await runPeer(file, args, cwd === undefined ? {} : { cwd });
  if (status !== 0) throw new Error(`It ended with ${status}: ${stderr}${stdout}`);
  return stdout;
}
