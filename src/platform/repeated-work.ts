/** Work that is done again and again until it is closed. */
export interface RepeatedWork {
  /** Has it done at once, or once more right after what is under way. */
  soon: () => void;
  /** Ends it, once the work under way is done; that may look at its signal. */
  close: () => Promise<void>;
}

interface Options {
  /** After how long it is done first, in milliseconds; 0: at once. */
  firstMs: number;
  /** How long after one time the next follows, in milliseconds. */
  everyMs: number;
  /** Told why the work failed; the next time comes all the same. */
  onError: (error: unknown) => void;
}

/** Does this work now and then, never twice at once. A process need not live on for it. */
export function repeat(
  work: (closing: AbortSignal) => Promise<void>,
  { firstMs, everyMs, onError }: Options,
): RepeatedWork {
  const closing = new AbortController();
  const { signal } = closing;
  let running: Promise<void> | undefined;
  let isAskedAgain = false;
  let timer: NodeJS.Timeout | undefined;
  if (firstMs === 0) begin();
  else timer = later(firstMs);

  function later(ms: number): NodeJS.Timeout {
    return setTimeout(begin, ms).unref();
  }

  function begin(): void {
    running = once();
  }

  async function once(): Promise<void> {
    do {
      isAskedAgain = false;
      await work(signal).catch(onError);
    } while (isAskedAgain && !signal.aborted);
    running = undefined;
    if (!signal.aborted) timer = later(everyMs);
  }

  return {
    soon() {
      isAskedAgain = true;
      if (running !== undefined || signal.aborted) return;
      clearTimeout(timer);
      begin();
    },
    async close() {
      closing.abort();
      clearTimeout(timer);
      await running;
    },
  };
}
