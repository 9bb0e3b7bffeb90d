import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';

/**
 * What goes wrong with one request.
 *
 * - `reset-before`, `close-before`: the connection is reset, or closed, and the request never forwarded.
 * - `reset-at-once`: forwarded, and the connection reset without waiting for the answer.
 * - `reset-after`, `close-after`: forwarded, and the connection reset, or closed, when the answer arrives.
 * - `hang-before`, `hang-after`: nothing is ever answered; forwarded or not.
 * - `drip`: the answer comes one byte at a time, far too slowly.
 * - `truncate`: the answer ends in the middle of its body.
 * - `garbage`: forwarded, but what comes back is no HTTP.
 */
export type Fault =
  | 'reset-before'
  | 'close-before'
  | 'reset-at-once'
  | 'reset-after'
  | 'close-after'
  | 'hang-before'
  | 'hang-after'
  | 'drip'
  | 'truncate'
  | 'garbage';

/** A request as it passed by. */
interface ProxiedRequest {
  method: string;
  target: string;
  /** Which connection it came over, from 0, and which request of that connection it was, from 0. */
  connection: number;
  position: number;
  fault: Fault | null;
  forwarded: boolean;
}

/** Stands between two HTTP speakers and breaks connections at the socket. */
export interface FaultProxy {
  url: string;
  port: number;
  requests: ProxiedRequest[];
  /** Decides for each request; the default lets everything pass. */
  fault: (request: Omit<ProxiedRequest, 'fault' | 'forwarded'>) => Fault | null;
  /** How many deletes were let through. */
  forwardedDeletes(): number;
  close(): Promise<void>;
}

const DRIP_MS = 200;

/** Starts a proxy on a free loopback port in front of `upstream`, an http URL. */
export async function startFaultProxy(upstream: string): Promise<FaultProxy> {
  const { hostname, port: upstreamPort } = new URL(upstream);
  const sockets = new Set<Socket>();
  let connections = 0;

  const server = createServer((client) => {
    track(client);
    const connection = connections++;
    let position = 0;
    const judge = (head: string) => {
      const [method = '', target = ''] = head.split(' ', 2);
      const request = { method, target, connection, position: position++ };
      const fault = proxy.fault(request);
      const forwarded = fault === null || !['reset-before', 'close-before', 'hang-before'].includes(fault);
      proxy.requests.push({ ...request, fault, forwarded });
      return fault;
    };
    // A connection that its client breaks off is no business of the proxy.
    serve(client, judge).catch(() => client.destroy());
  });

  function track(socket: Socket): void {
    sockets.add(socket);
    socket.on('error', () => {}).once('close', () => sockets.delete(socket));
  }

  async function serve(client: Socket, judge: (head: string) => Fault | null): Promise<void> {
    for await (const request of requestsOf(client)) {
      const fault = judge(request.toString('latin1'));
      if (fault === 'hang-before') return;
      if (fault === 'reset-before') return void client.resetAndDestroy();
      if (fault === 'close-before') return void client.destroy();
      const upstream = connect(Number(upstreamPort), hostname);
      track(upstream);
      upstream.write(askingToClose(request));
      if (fault === 'reset-at-once') return void upstream.once('connect', () => client.resetAndDestroy());
      const answer = keptAlive(await buffer(upstream));
      const spoil = fault === null ? undefined : spoiled[fault];
      if (spoil !== undefined) return spoil(client, answer);
      // The upstream broke off by itself: so does the proxy.
      if (answer.length === 0) return void client.destroy();
      client.write(answer);
    }
  }

  const proxy: FaultProxy = {
    url: '',
    port: 0,
    requests: [],
    fault: () => null,
    forwardedDeletes: () =>
      proxy.requests.filter(({ method, forwarded }) => method === 'DELETE' && forwarded).length,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  proxy.port = (server.address() as AddressInfo).port;
  proxy.url = `http://127.0.0.1:${proxy.port}`;
  return proxy;
}

// What the client gets of the answer. The connection carries another request only after an answer that came whole.
const spoiled: Partial<Record<Fault, (client: Socket, answer: Buffer) => void>> = {
  'reset-after': (client) => void client.resetAndDestroy(),
  'close-after': (client) => void client.destroy(),
  'hang-after': () => {},
  garbage: (client) => void client.end('\u0000\u0001 this is not HTTP\r\n\r\n'),
  truncate: (client, answer) => {
    const bodyStart = answer.indexOf('\r\n\r\n') + 4;
    client.end(answer.subarray(0, bodyStart + Math.floor((answer.length - bodyStart) / 2)));
  },
  drip: (client, answer) => {
    let sent = 0;
    const timer = setInterval(() => {
      if (sent === answer.length || client.destroyed) clearInterval(timer);
      else client.write(answer.subarray(sent, ++sent));
    }, DRIP_MS);
  },
};

// The requests of one connection, each with its body. Bodies have a Content-Length or none: browsers send no other.
async function* requestsOf(client: Socket): AsyncGenerator<Buffer> {
  let pending = Buffer.alloc(0);
  // A fault may leave the connection open, so the end of reading must not close it.
  for await (const piece of client.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    pending = Buffer.concat([pending, piece]);
    for (;;) {
      const headEnd = pending.indexOf('\r\n\r\n');
      if (headEnd === -1) break;
      const length =
        /\r\ncontent-length: *(\d+)/i.exec(pending.toString('latin1', 0, headEnd + 2))?.[1] ?? '0';
      const end = headEnd + 4 + Number(length);
      if (pending.length < end) break;
      yield pending.subarray(0, end);
      pending = pending.subarray(end);
    }
  }
}

// Upstream, a connection carries one request, so that its end is the answer's end. The client's connection is its own
// matter: it stays open for the next request.
function askingToClose(request: Buffer): Buffer {
  return withHead(request, (head) => `${head.replace(/\r\nconnection:[^\r]*/i, '')}\r\nConnection: close`);
}

function keptAlive(answer: Buffer): Buffer {
  return withHead(answer, (head) => head.replace(/\r\nconnection: *close/i, '\r\nConnection: keep-alive'));
}

function withHead(message: Buffer, change: (head: string) => string): Buffer {
  const end = message.indexOf('\r\n\r\n');
  if (end === -1) return message;
  const head = Buffer.from(change(message.toString('latin1', 0, end)), 'latin1');
  return Buffer.concat([head, message.subarray(end)]);
}
