import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readCommand } from '#cli/config.ts';
import { limitSlowSenders } from '#platform/slow-senders.ts';
import { startTouchmark, type Touchmark } from '#src/start.ts';

const SOCKETS = 300;

describe('a desk that hundreds of slow senders hold on to', () => {
  let folder: string;
  let desk: Touchmark;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'touchmark-slow-'));
    const command = readCommand(['--port', '0', '--data', folder, '--no-samples'], {});
    if (command.command !== 'run') throw new Error('not a run');
    desk = await startTouchmark(command.config);
  });
  afterAll(async () => {
    await desk.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('answers an honest client meanwhile, and is rid of them soon', async () => {
    const port = Number(new URL(desk.url).port);
    const head = `POST /registry/tokens HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\n`;
    const beginnings = [
      head,
      `${head}Content-Length: 100\r\n\r\n{`,
      `${head}Transfer-Encoding: chunked\r\n\r\n1\r\n{`,
    ];
    const ends = Array.from({ length: SOCKETS }, async (_, i) => {
      const socket = connect(port, '127.0.0.1');
      socket.write(beginnings[i % beginnings.length] ?? '');
      return buffer(socket).then(String, () => 'reset');
    });
    const held = Promise.all(ends);
    for (let asked = 0; asked < 20; asked += 1) {
      expect((await fetch(`${desk.url}/registry/health`)).status).toBe(200);
      await sleep(50);
    }
    // Those that are refused for their key get that answer; nobody is left holding a connection.
    for (const end of await held) expect(end).toMatch(/^(HTTP\/1\.1 4(01|08) |reset$)/);
  });
});

describe('a body', () => {
  let server: Server;
  let port: number;
  let received = 0;
  const sockets: Socket[] = [];
  beforeEach(async () => {
    received = 0;
    server = createServer((request, response) => {
      request.on('data', (piece: Buffer) => {
        received += piece.length;
      });
      request.on('end', () => response.end('done'));
    });
    limitSlowSenders(server, { idleMs: 600, totalMs: 1500, bytesPerSecond: 1000, checkMs: 50 });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    port = (server.address() as AddressInfo).port;
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  });

  /** Sends pieces with pauses, and gives what comes back. */
  const send = async (pieces: readonly string[], pauseMs: number): Promise<string> => {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    sockets.push(socket);
    const answer = buffer(socket).then(String, () => 'reset');
    const size = pieces.reduce((sum, { length }) => sum + length, 0);
    socket.write(`POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${size}\r\n\r\n`);
    for (const piece of pieces) {
      socket.write(piece);
      await sleep(pauseMs);
      if (socket.destroyed) break;
    }
    return answer;
  };

  it('may pause, and take longer than a small one may as long as more and more of it comes', async () => {
    const pieces = Array.from({ length: 12 }, () => 'x'.repeat(1000));
    expect(await send(pieces, 250)).toMatch(/^HTTP\/1\.1 200 .*done/s);
    expect(received).toBe(12_000);
  });

  it('is cut off where its sender falls silent', async () => {
    const socket = connect(port, '127.0.0.1');
    sockets.push(socket);
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nx');
    expect(String(await buffer(socket))).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('is cut off where it comes a byte at a time', async () => {
    expect(
      await send(
        Array.from({ length: 100 }, () => 'x'),
        100,
      ),
    ).toMatch(/^(HTTP\/1\.1 408 |reset)/);
    expect(received).toBeLessThan(60);
  });
});
