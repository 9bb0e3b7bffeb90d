import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startMcpDesk, type McpDesk } from '../support/mcp-desk.ts';

const MB = 1024 ** 2;

/** What came back over a connection, and whether it was reset rather than closed. */
interface Conversation {
  text: string;
  isReset: boolean;
}

describe('after an upload that was refused', () => {
  let desk: McpDesk;
  beforeAll(async () => {
    desk = await startMcpDesk();
    await desk.registry.put('acme/weather');
  });
  afterAll(async () => desk.stop());

  /** Sends the head and the body, then asks for another answer on the same connection, whatever comes back. */
  const converse = async (head: string[], body: Buffer, isChunked: boolean): Promise<Conversation> =>
    new Promise((resolve) => {
      let text = '';
      const socket = connect(desk.running.port, '127.0.0.1');
      let isReset = false;
      const host = `Host: 127.0.0.1:${desk.running.port}`;
      const length = isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`;
      socket.on('data', (piece: Buffer) => {
        text += piece.toString('latin1');
        if (text.includes('"status":"alive"')) socket.end();
      });
      socket.on('error', ({ code }: NodeJS.ErrnoException) => {
        // Writing on after the other side has closed is a broken pipe, not a reset.
        isReset ||= code === 'ECONNRESET';
      });
      socket.on('close', () => resolve({ text, isReset }));
      socket.write([...head, host, length, '', ''].join('\r\n'));
      if (isChunked) socket.write(`${body.length.toString(16)}\r\n`);
      socket.write(body);
      if (isChunked) socket.write('\r\n0\r\n\r\n');
      socket.write(['GET /healthz HTTP/1.1', host, '', ''].join('\r\n'));
    });

  const dashboard = ['Touchmark-Client: web', 'Sec-Fetch-Site: same-origin'];
  const json = 'Content-Type: application/json';
  const form = 'Content-Type: multipart/form-data; boundary=x';

  describe.each([
    ['with a length', false],
    ['in chunks', true],
  ])('%s', (_, isChunked) => {
    it.each([
      [
        'of 200 kB, since nobody is signed in',
        401,
        ['PATCH /api/servers/acme HTTP/1.1', ...dashboard, json],
        0.2,
      ],
      [
        'of 5 MB, since nobody is signed in',
        401,
        ['PATCH /api/servers/acme HTTP/1.1', ...dashboard, json],
        5,
      ],
      ['of 5 MB, too large to sign in with', 413, ['POST /api/-/session HTTP/1.1', ...dashboard, json], 5],
      ['of 5 MB, from another site', 403, ['POST /api/-/session HTTP/1.1', json], 5],
      ['of 5 MB, to an address where nothing is', 404, ['PUT /nowhere HTTP/1.1'], 5],
      [
        'of 5 MB, to a route of the registry without a key',
        401,
        ['PUT /registry/servers/acme%2Fweather/releases HTTP/1.1', form],
        5,
      ],
      [
        'of 5 MB, to a server that is not theirs',
        404,
        ['PUT /registry/servers/acme%2Fweather/releases HTTP/1.1', 'rival', form],
        5,
      ],
      [
        'of 5 MB, that is no form',
        400,
        ['PUT /registry/servers/acme%2Fweather/releases HTTP/1.1', 'owner', json],
        5,
      ],
      ['of 5 MB, as an icon', 400, ['PUT /registry/servers/acme%2Fweather/icon HTTP/1.1', 'owner', form], 5],
      ['of 5 MB, as a JSON body', 413, ['PATCH /registry/servers/acme%2Fweather HTTP/1.1', 'owner', json], 5],
      ['of 5 MB, as an MCP message', 413, ['POST /registry/mcp/acme%2Fweather HTTP/1.1', 'owner', json], 5],
    ])(
      '%s (%i), the next request has its answer, or the connection is closed in so many words',
      async (_why, status, lines, megabytes) => {
        const keys: Record<string, string> = { owner: desk.registry.ownerKey, rival: desk.registry.rivalKey };
        const head = lines.map((line) => (line in keys ? `Authorization: Bearer ${keys[line]}` : line));
        const part = '--x\r\nContent-Disposition: form-data; name="icon"; filename="i.png"\r\n\r\n';
        const body = Buffer.alloc(megabytes * MB, 'x');
        if (lines.includes(form)) body.write(part);
        const { text, isReset } = await converse(head, body, isChunked);
        const [first = ''] = text.split('\r\n\r\n');
        expect(first).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
        expect(isReset).toBe(false);
        const isAnswered = text.includes('{"status":"alive"}');
        const isClosed = /^connection: close$/im.test(first);
        expect(isAnswered !== isClosed).toBe(true);
      },
    );
  });
});
