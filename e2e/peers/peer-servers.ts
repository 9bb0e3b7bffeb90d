import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, peerFile, startPeer } from './peer-program.ts';

/** A server of others that is to be published, and a call of one of its tools whose answer is known. */
export interface PeerServer {
  url: string;
  /** At least these tools. */
  tools: string[];
  call: { tool: string; args: Record<string, unknown>; answer: string };
  stop(): Promise<void>;
}

const EVERYTHING = ['mcp-server-everything', '@modelcontextprotocol/server-everything'] as const;

/** The servers, each by a name that says how it is reached. Each starts processes of its own. */
export const peerServers: Record<string, () => Promise<PeerServer>> = {
  'server-everything over Streamable HTTP': async () => {
    const port = await freePort();
    const peer = await startPeer(peerFile(...EVERYTHING), ['streamableHttp'], {
      env: { PORT: String(port) },
      until: { port },
    });
    return { url: `http://127.0.0.1:${port}/mcp`, ...ECHO, stop: async () => peer.stop() };
  },
  'server-everything behind supergateway': async () => {
    const port = await freePort();
    const peer = await startPeer(
      peerFile('supergateway'),
      [
        '--stdio',
        `${process.execPath} ${peerFile(...EVERYTHING)}`,
        '--outputTransport',
        'streamableHttp',
        '--port',
        String(port),
      ],
      { until: { port } },
    );
    return { url: `http://127.0.0.1:${port}/mcp`, ...ECHO, stop: async () => peer.stop() };
  },
  'server-memory behind mcp-proxy': async () => {
    const folder = await mkdtemp(join(tmpdir(), 'touchmark-memory-'));
    const memory = peerFile('mcp-server-memory', '@modelcontextprotocol/server-memory');
    const port = await freePort();
    const peer = await startPeer(
      peerFile('mcp-proxy'),
      ['--host', '127.0.0.1', '--port', String(port), '--', process.execPath, memory],
      { env: { MEMORY_FILE_PATH: join(folder, 'memory.jsonl') }, until: { port } },
    );
    return {
      url: `http://127.0.0.1:${port}/mcp`,
      tools: ['create_entities', 'read_graph', 'search_nodes'],
      call: { tool: 'read_graph', args: {}, answer: '"entities": []' },
      stop: async () => {
        await peer.stop();
        await rm(folder, { recursive: true });
      },
    };
  },
  'server-filesystem behind supergateway, with sessions': async () => {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'touchmark-files-')));
    await writeFile(join(folder, 'note.txt'), 'Dear diary');
    const filesystem = peerFile('mcp-server-filesystem', '@modelcontextprotocol/server-filesystem');
    const port = await freePort();
    const peer = await startPeer(
      peerFile('supergateway'),
      [
        '--stdio',
        `${process.execPath} ${filesystem} ${folder}`,
        '--outputTransport',
        'streamableHttp',
        '--stateful',
        '--port',
        String(port),
      ],
      { until: { port } },
    );
    return {
      url: `http://127.0.0.1:${port}/mcp`,
      tools: ['read_text_file', 'write_file', 'list_directory'],
      call: { tool: 'read_text_file', args: { path: join(folder, 'note.txt') }, answer: 'Dear diary' },
      stop: async () => {
        await peer.stop();
        await rm(folder, { recursive: true });
      },
    };
  },
  'a server made with FastMCP': async () => {
    const port = await freePort();
    const peer = await startPeer(peerFile('fastmcp-server.js'), [String(port)], { until: { port } });
    return { url: `http://127.0.0.1:${port}/mcp`, ...ADD, stop: async () => peer.stop() };
  },
  'a server made with version 2 of the SDK': async () => {
    const port = await freePort();
    const peer = await startPeer(peerFile('modern-server.js'), [String(port)], { until: { port } });
    return { url: `http://127.0.0.1:${port}/mcp`, ...ADD, stop: async () => peer.stop() };
  },
};

const ECHO = {
  tools: ['echo', 'get-sum', 'get-tiny-image'],
  call: { tool: 'echo', args: { message: 'hello' }, answer: 'Echo: hello' },
};
const ADD = { tools: ['add'], call: { tool: 'add', args: { a: 20, b: 22 }, answer: '42' } };
