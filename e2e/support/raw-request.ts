import { connect } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface RawAnswer {
  status: number;
  /** Names in lower case. */
  headers: Record<string, string>;
  bytes: Buffer;
  body: string;
}

/** Writes these lines to the port and reads until it closes, so `Connection: close` should be one of them. */
export async function rawRequest(port: number, lines: readonly string[]): Promise<RawAnswer> {
  const socket = connect(port, '127.0.0.1');
  socket.write(Buffer.from([...lines, '', ''].join('\r\n'), 'latin1'));
  const answer = await buffer(socket);
  const headEnd = answer.indexOf('\r\n\r\n');
  const [statusLine = '', ...headerLines] = answer.toString('latin1', 0, headEnd).split('\r\n');
  const bytes = answer.subarray(headEnd + 4);
  return {
    status: Number(statusLine.split(' ')[1]),
    headers: Object.fromEntries(
      headerLines.map((line) => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      }),
    ),
    bytes,
    body: bytes.toString(),
  };
}
