const LF = 10;
const CR = 13;
const COLON = 58;
// Longer than any line that is looked at: the name of an event.
const MAX_HEAD = 64;

/** A line of an event stream that has come to its end. */
interface Line {
  /** How it begins, at most 64 bytes, as Latin-1. Empty where an event ends. */
  head: string;
  /** Where the next one begins in the piece that was fed. */
  end: number;
}

/**
 * Follows the lines of a stream of server-sent events, whatever pieces it comes in, and keeps nothing of them but how
 * the last one began.
 */
export class EventLines {
  #head = '';
  #isLineOpen = false;
  #isEventOpen = false;
  #isAfterCr = false;

  /** True where no event has begun that has not ended: what is put in here is in none. */
  get isBetweenEvents(): boolean {
    return !this.#isLineOpen && !this.#isEventOpen;
  }

  /** Takes the next piece, and tells of each line that ends in it. */
  feed(piece: Uint8Array, onLine?: (line: Line) => void): void {
    let lf = -1;
    let cr = -1;
    let at = 0;
    // The second half of a line's end that came in two pieces.
    if (this.#isAfterCr && piece[0] === LF) at = 1;
    if (piece.length > 0) this.#isAfterCr = false;
    while (at < piece.length) {
      // Looked for anew only where the last one found is behind.
      if (lf < at) lf = indexFrom(piece, LF, at);
      if (cr < at) cr = indexFrom(piece, CR, at);
      const stop = Math.min(lf, cr);
      this.#take(piece.subarray(at, stop));
      if (stop === piece.length) return;
      at = stop + (piece[stop] === CR && piece[stop + 1] === LF ? 2 : 1);
      this.#isAfterCr = piece[stop] === CR && stop + 1 === piece.length;
      this.#endLine(at, onLine);
    }
  }

  #take(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (!this.#isLineOpen) {
      this.#isLineOpen = true;
      // A comment is in no event.
      if (bytes[0] !== COLON) this.#isEventOpen = true;
    }
    const missing = MAX_HEAD - this.#head.length;
    if (missing > 0) this.#head += Buffer.from(bytes.subarray(0, missing)).toString('latin1');
  }

  #endLine(end: number, onLine?: (line: Line) => void): void {
    const head = this.#head;
    this.#head = '';
    this.#isLineOpen = false;
    if (head === '') this.#isEventOpen = false;
    onLine?.({ head, end });
  }
}

// The piece's length where there is none.
function indexFrom(piece: Uint8Array, byte: number, from: number): number {
  const found = piece.indexOf(byte, from);
  return found < 0 ? piece.length : found;
}
