import type { IncomingMessage, Server, ServerResponse } from 'node:http';

interface Patience {
  /** How long a sender may be silent in the middle of a body, in milliseconds. */
  idleMs: number;
  /** How long any body may take, in milliseconds; longer only as it brings more. */
  totalMs: number;
  /** How much more brings more time, in bytes a second. */
  bytesPerSecond: number;
  /** How often senders are looked at, in milliseconds. */
  checkMs: number;
}

// A bundle of 100 MB may come over a line of 64 kbit/s; a small body a byte at a time ends after 30 s.
const patience: Patience = { idleMs: 10_000, totalMs: 30_000, bytesPerSecond: 8192, checkMs: 1000 };

interface Sender {
  response: ServerResponse;
  /** What had come over its connection when its request began, and when it was last looked at, in bytes. */
  began: number;
  received: number;
  /** How long we waited for it, altogether and since its last piece, in milliseconds. */
  waitedMs: number;
  silentMs: number;
}

/**
 * Cuts off who sends a request's body too slowly, so that few can hold many connections. Waiting for us is no slowness:
 * only the time in which we could take more counts. Node's own limit cannot tell a slow sender from a large body.
 */
export function limitSlowSenders(server: Server, changes: Partial<Patience> = {}): void {
  const { idleMs, totalMs, bytesPerSecond, checkMs } = { ...patience, ...changes };
  const senders = new Map<IncomingMessage, Sender>();

  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (!hasBody(request)) return;
    const { bytesRead } = request.socket;
    senders.set(request, { response, began: bytesRead, received: bytesRead, waitedMs: 0, silentMs: 0 });
    request.once('close', () => senders.delete(request));
  });

  function look(request: IncomingMessage, sender: Sender): void {
    if (request.complete) return void senders.delete(request);
    const { bytesRead } = request.socket;
    const isSilent = bytesRead === sender.received;
    sender.received = bytesRead;
    if (isSilent && request.readableLength >= request.readableHighWaterMark) return;
    sender.waitedMs += checkMs;
    sender.silentMs = isSilent ? sender.silentMs + checkMs : 0;
    const allowedMs = totalMs + ((bytesRead - sender.began) / bytesPerSecond) * 1000;
    if (sender.silentMs >= idleMs || sender.waitedMs >= allowedMs) cutOff(request, sender.response);
  }

  const timer = setInterval(() => {
    for (const [request, sender] of senders) look(request, sender);
  }, checkMs).unref();
  server.once('close', () => clearInterval(timer));
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

// As node does at its own limits.
function cutOff({ socket }: IncomingMessage, { headersSent }: ServerResponse): void {
  if (socket.writable && !headersSent) {
    socket.write('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n');
  }
  socket.destroySoon();
}
