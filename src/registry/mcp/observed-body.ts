/** How an answer's body came to its end. */
export type BodyEnd = 'whole' | 'broken' | 'idle' | 'caller-left' | 'closing';

interface Observer {
  /** True for server-sent events, which may be silent for long. */
  isStream: boolean;
  /** How long any other body may be silent, in milliseconds. */
  idleMs: number;
  /** Aborted where the answer has to end now. */
  closing: AbortSignal;
  /** Told once, when the body ended. */
  onEnd: (end: BodyEnd) => void;
}

/** A body passed on piece by piece as it is taken, which tells how it ended. */
export function observedBody(
  source: ReadableStream<Uint8Array>,
  { isStream, idleMs, closing, onEnd }: Observer,
): ReadableStream<Uint8Array> {
  const reader = source.getReader();
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
        if (!isStream) timer = setTimeout(() => giveUp('idle'), idleMs);
        try {
          const { done, value } = await reader.read();
          clearTimeout(timer);
          if (ended) return;
          if (!done) return controller.enqueue(value);
          end('whole');
          controller.close();
        } catch {
          if (end('broken')) finish(controller, isStream);
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
