import type { WriteStream } from 'node:tty';

const LINE_EVERY_MS = 3000;
const REWRITE_EVERY_MS = 100;

/** Tells a person who waits how far a command is. */
export interface ProgressLines {
  /** Shows this, unless something was shown a moment ago. */
  say(text: string): void;
  /** Takes back what a terminal shows. */
  end(): void;
}

/** One line that is rewritten on a terminal, and elsewhere a line every few seconds. */
export function progressLines(stream: Pick<WriteStream, 'isTTY' | 'write'>): ProgressLines {
  const every = stream.isTTY ? REWRITE_EVERY_MS : LINE_EVERY_MS;
  let saidAt = performance.now();
  let isShown = false;
  return {
    say(text) {
      if (performance.now() - saidAt < every) return;
      saidAt = performance.now();
      isShown = true;
      stream.write(stream.isTTY ? `\r\u001B[K${text}` : `${text}\n`);
    },
    end() {
      if (isShown && stream.isTTY) stream.write('\r\u001B[K');
    },
  };
}
