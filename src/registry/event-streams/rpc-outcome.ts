const [LF, CR, QUOTE, BACKSLASH, COLON, COMMA] = [10, 13, 34, 92, 58, 44];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [91, 93, 123, 125];
const [N, T] = [110, 116];
const SPACES: ReadonlySet<number> = new Set([32, 9, LF, CR]);
const DATA = [100, 97, 116, 97, COLON];
// Longer than any key that matters.
const MAX_KEY = 8;
/** Longer ids than this, as JSON, are not told. */
const MAX_ID = 200;
const MAX_LOOKED_AT = 1024 ** 2;

/**
 * What the JSON-RPC answers in a body say of how a call went, read while the body goes by: nothing of it is kept. After the
 * first MiB it is not looked at any more.
 */
export class RpcOutcome {
  readonly #json = new JsonOutcome();
  readonly #events: EventData | undefined;
  #left = MAX_LOOKED_AT;

  constructor({ isStream }: { isStream: boolean }) {
    this.#events = isStream ? new EventData(this.#json) : undefined;
  }

  /** True where an answer is an error of the protocol. */
  get isError(): boolean {
    return this.#json.isError;
  }

  /** True where an answer is the result of a tool that failed. */
  get isToolError(): boolean {
    return this.#json.isToolError;
  }

  /** Takes the next piece of the body. */
  feed(piece: Uint8Array): void {
    const some = piece.subarray(0, this.#left);
    this.#left -= some.length;
    (this.#events ?? this.#json).feed(some);
  }
}

/** How a server answered a request. */
interface RpcAnswer {
  /** That of the request; undefined where the answer has none that can be told. */
  id: string | number | undefined;
  /** True where it is an error of the protocol. */
  isError: boolean;
  /** True where it is the result of a tool that failed. */
  isToolError: boolean;
}

/**
 * Tells of each JSON-RPC answer in a stream of server-sent events that may never end, while it goes by. Of an event no more
 * than the first MiB is looked at, and nothing but the id is kept.
 */
export class RpcAnswers {
  readonly #events: EventData;

  constructor(onAnswer: (answer: RpcAnswer) => void) {
    this.#events = new EventData(new JsonOutcome(onAnswer));
  }

  /** Takes the next piece of the stream. */
  feed(piece: Uint8Array): void {
    this.#events.feed(piece);
  }
}

/** Hands the data of server-sent events on. */
class EventData {
  readonly #json: JsonOutcome;
  /** How much of `data:` the line began with; null where it is another field. */
  #matched: number | null = 0;
  #isLineEmpty = true;
  #isAfterCr = false;
  #left = MAX_LOOKED_AT;

  constructor(json: JsonOutcome) {
    this.#json = json;
  }

  feed(piece: Uint8Array): void {
    for (const byte of piece) {
      const isSecondHalf = this.#isAfterCr && byte === LF;
      this.#isAfterCr = byte === CR;
      if (isSecondHalf) continue;
      if (byte === LF || byte === CR) this.#endLine();
      else this.#take(byte);
    }
  }

  #take(byte: number): void {
    this.#isLineEmpty = false;
    if (this.#matched === null) return;
    if (this.#matched === DATA.length) {
      if (this.#left > 0) this.#json.take(byte);
      this.#left -= 1;
    } else this.#matched = byte === DATA[this.#matched] ? this.#matched + 1 : null;
  }

  #endLine(): void {
    if (this.#isLineEmpty) {
      this.#json.reset();
      this.#left = MAX_LOOKED_AT;
    }
    this.#matched = 0;
    this.#isLineEmpty = true;
  }
}

/** Follows JSON as far as to know what a message, and its result, has under the few keys that matter. */
class JsonOutcome {
  /** Of all messages so far. */
  isError = false;
  isToolError = false;
  readonly #onAnswer: ((answer: RpcAnswer) => void) | undefined;
  #message = { isAnswer: false, isError: false, isToolError: false };
  /** The id of the message, as far as it was read, as JSON. */
  #id = '';
  #isInId = false;
  #depth = 0;
  /** At which depth the keys of a message are: one deeper where several come in a list. */
  #messageDepth = 1;
  #isInResult = false;
  #isInString = false;
  #isEscaped = false;
  /** How the last string began. */
  #text = '';
  /** The key whose value comes next. */
  #key: string | undefined;

  constructor(onAnswer?: (answer: RpcAnswer) => void) {
    this.#onAnswer = onAnswer;
  }

  feed(piece: Uint8Array): void {
    for (const byte of piece) this.take(byte);
  }

  /** Lets go of what has begun and has no end. */
  reset(): void {
    this.#depth = 0;
    this.#isInString = false;
    this.#isInId = false;
    this.#key = undefined;
  }

  take(byte: number): void {
    if (this.#isInId) this.#takeId(byte);
    if (this.#isInString) return this.#takeText(byte);
    if (SPACES.has(byte)) return undefined;
    if (byte === COLON) {
      this.#key = this.#text;
      return undefined;
    }
    if (this.#key !== undefined) this.#beginValue(this.#key, byte);
    this.#key = undefined;
    if (byte === QUOTE) {
      this.#isInString = true;
      this.#isEscaped = false;
      this.#text = '';
    } else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
      if (this.#depth === 0) this.#messageDepth = byte === OPEN_LIST ? 2 : 1;
      this.#depth += 1;
      if (this.#depth === this.#messageDepth && byte === OPEN_OBJECT) this.#beginMessage();
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
      if (this.#depth === this.#messageDepth && byte === CLOSE_OBJECT) this.#endMessage();
      this.#depth = Math.max(0, this.#depth - 1);
    }
    return undefined;
  }

  #beginMessage(): void {
    this.#message = { isAnswer: false, isError: false, isToolError: false };
    this.#id = '';
  }

  #endMessage(): void {
    const { isAnswer, ...how } = this.#message;
    if (isAnswer) this.#onAnswer?.({ id: parseId(this.#id), ...how });
    this.#beginMessage();
  }

  #takeId(byte: number): void {
    const isOver = byte === COMMA || byte === CLOSE_OBJECT || byte === CLOSE_LIST;
    if (isOver && !this.#isInString) this.#isInId = false;
    else if (this.#id.length <= MAX_ID) this.#id += String.fromCharCode(byte);
  }

  #takeText(byte: number): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (byte === BACKSLASH) this.#isEscaped = true;
    else if (byte === QUOTE) this.#isInString = false;
    if (this.#isInString && this.#text.length < MAX_KEY) this.#text += String.fromCharCode(byte);
  }

  #beginValue(key: string, byte: number): void {
    if (this.#depth === this.#messageDepth) {
      if (key === 'id') {
        this.#id = String.fromCharCode(byte);
        this.#isInId = true;
      }
      if (key === 'result') this.#message.isAnswer = true;
      if (key === 'error' && byte !== N) {
        this.isError = true;
        this.#message.isAnswer = true;
        this.#message.isError = true;
      }
      this.#isInResult = key === 'result' && byte === OPEN_OBJECT;
    } else if (this.#depth === this.#messageDepth + 1 && this.#isInResult) {
      if (key === 'isError' && byte === T) {
        this.isToolError = true;
        this.#message.isToolError = true;
      }
    }
  }
}

// Bytes, each as a character.
function parseId(bytes: string): string | number | undefined {
  if (bytes === '' || bytes.length > MAX_ID) return undefined;
  try {
    const id: unknown = JSON.parse(Buffer.from(bytes, 'latin1').toString());
    return typeof id === 'string' || typeof id === 'number' ? id : undefined;
  } catch {
    return undefined;
  }
}
