import { EndpointRefused } from './endpoint-events.ts';
import { EventLines } from './event-lines.ts';

/** How an answer's body came to its end. */
export type BodyEnd = 'whole' | 'broken' | 'idle' | 'caller-left' | 'closing' | 'endpoint-refused';

interface Observer {
  /** True for server-sent events, which may be silent for long. */
  isStream: boolean;
  /** How long any other body may be silent, in milliseconds. */
  idleMs: number;
  /** After how much silence between two events a comment is sent, since proxies close what is silent, in milliseconds. */
  commentMs: number;
  /** Aborted where the answer has to end now. */
  closing: AbortSignal;
  /** Shown each piece before it is passed on. */
  onPiece?: (piece: Uint8Array) => void;
  /** Told once, when the body ended. */
  onEnd: (end: BodyEnd) => void;
}

const COMMENT = Buffer.from(': keep-alive\n\n');

/** A body passed on piece by piece as it is taken, which tells how it ended. */
export function observedBody(
  source: ReadableStream<Uint8Array>,
  { isStream, idleMs, commentMs, closing, onPiece, onEnd }: Observer,
): ReadableStream<Uint8Array> {
  const reader = source.getReader();
  const lines = isStream ? new EventLines() : undefined;
  let timer: NodeJS.Timeout | undefined;
  let ended = false;

  function end(how: BodyEnd): boolean {
    if (ended) return false;
    ended = true;
    clearTimeout(timer);
    closing.removeEventListener('abort', close);
    onEnd(how);
    return true;
  }

  let giveUp: (how: 'idle' | 'closing') => void = () => {};
  function close(): void {
    giveUp('closing');
  }

  // Only to a caller who has taken everything: whoever is slow is not silent.
  function comment(controller: ReadableStreamDefaultController<Uint8Array>): void {
    if (lines?.isBetweenEvents === true && controller.desiredSize === 0) controller.enqueue(COMMENT);
    timer?.refresh();
  }

  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        giveUp = (how) => {
          if (!end(how)) return;
          void reader.cancel().catch(() => {});
          finish(controller, isStream);
        };
        closing.addEventListener('abort', close);
        if (closing.aborted) close();
      },
      async pull(controller) {
        timer = isStream
          ? setTimeout(() => comment(controller), commentMs)
          : setTimeout(() => giveUp('idle'), idleMs);
        try {
          const { done, value } = await reader.read();
          clearTimeout(timer);
          if (ended) return;
          if (!done) {
            lines?.feed(value);
            onPiece?.(value);
            return controller.enqueue(value);
          }
          end('whole');
          controller.close();
        } catch (error) {
          clearTimeout(timer);
          if (end(error instanceof EndpointRefused ? 'endpoint-refused' : 'broken')) {
            finish(controller, isStream);
          }
        }
      },
      cancel() {
        if (end('caller-left')) void reader.cancel().catch(() => {});
      },
    },
    { highWaterMark: 0 },
  );
}

// Events end between two of them, and the client asks for the next ones; a document cut off must not look whole.
function finish(controller: ReadableStreamDefaultController<Uint8Array>, isStream: boolean): void {
  if (isStream) controller.close();
  else controller.error(new Error('The server behind an MCP call broke off in the middle of its answer'));
}
