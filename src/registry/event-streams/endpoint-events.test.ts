import { describe, expect, it } from 'vitest';
import { EndpointRefused, withEndpoints } from './endpoint-events.ts';

async function rewritten(pieces: readonly string[]): Promise<string> {
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(Buffer.from(piece));
      controller.close();
    },
  });
  const replaced = withEndpoints(stream, (address) => {
    if (address.includes('refused')) throw new EndpointRefused();
    return `<${address}>`;
  });
  return new Response(replaced).text();
}

const LARGE = `data: ${'x'.repeat(200_000)}\n`;

describe('the endpoint events of a stream', () => {
  it.each([
    ['as servers send it', ['event: endpoint\ndata: /messages?sessionId=1\n\n'], '/messages?sessionId=1'],
    ['with CRLF', ['event: endpoint\r\ndata: /a\r\n\r\n'], '/a'],
    ['with CR', ['event: endpoint\rdata: /a\r\r'], '/a'],
    ['without spaces', ['event:endpoint\ndata:/a\n\n'], '/a'],
    ['with its data first', ['data: /a\nevent: endpoint\n\n'], '/a'],
    ['with other fields', ['id: 1\nretry: 5\nevent: endpoint\ndata: /a\n\n'], '/a'],
    ['after a byte order mark', ['\uFEFFevent: endpoint\ndata: /a\n\n'], '/a'],
    ['in many pieces', Array.from('event: endpoint\ndata: /a\n\n'), '/a'],
    ['in odd spelling', ['Event : endpoint \ndata: /a\n\n'], '/a'],
    ['after another name', ['event: message\nevent: endpoint\ndata: /a\n\n'], '/a'],
  ])('are replaced %s', async (_, pieces, address) => {
    expect(await rewritten(pieces)).toMatch(`event: endpoint\ndata: <${address}>\n\n`);
  });

  it('are replaced wherever they stand, and everything else is passed on as it came', async () => {
    const others = ['\r\n: ping\n', 'event: message\ndata: {"a": 1}\n\n', LARGE, '\n', ':\n'];
    const one = 'event: endpoint\ndata: /a\n\n';
    expect(await rewritten([...others, one, ...others, one])).toBe(
      [...others, ...others, ''].join('').replaceAll(/:\n(?=\r|$)/g, ':\nevent: endpoint\ndata: </a>\n\n'),
    );
  });

  it('end the stream where the address may not be named, or it is told at the end of something large', async () => {
    await expect(rewritten(['event: endpoint\ndata: refused\n\n'])).rejects.toThrow(EndpointRefused);
    await expect(rewritten([LARGE, 'event: endpoint\n\n'])).rejects.toThrow(EndpointRefused);
    await expect(rewritten(['event: endpoint\n', LARGE])).rejects.toThrow(EndpointRefused);
  });

  it('are left out where they have no end', async () => {
    expect(await rewritten(['data: 1\n\nevent: endpoint\ndata: /a\n'])).toBe('data: 1\n\n');
    expect(await rewritten(['data: 1\n\ndata: 2'])).toBe('data: 1\n\ndata: 2');
  });
});
