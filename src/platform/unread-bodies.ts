import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

// How long a sender may go on with what was refused already, in milliseconds.
const LINGER_MS = 5000;

/**
 * Passes over what comes of a body after its answer, so that neither this answer nor the next one is lost. A connection
 * that is to be closed in the middle of a body is closed for writing first, and at last when its sender has ended: closed
 * at once it would be reset, and a reset can overtake the answer.
 */
export function passOverUnreadBodies(server: Server): void {
  const current = new WeakMap<Socket, IncomingMessage>();

  server.on('connection', (socket: Socket) => {
    const closeSoon = socket.destroySoon.bind(socket);
    // Node calls it after the last answer of a connection.
    socket.destroySoon = () => {
      if (current.get(socket)?.complete !== false || socket.writableEnded) return closeSoon();
      socket.end();
      const timer = setTimeout(() => socket.destroy(), LINGER_MS);
      socket.once('close', () => clearTimeout(timer));
    };
  });

  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    current.set(request.socket, request);
    response.once('finish', () => {
      if (request.readableEnded) return;
      // Whoever took it before takes nothing more, and would hold it back.
      request.removeAllListeners('data');
      request.resume();
    });
  });
}
