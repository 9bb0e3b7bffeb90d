import { RpcAnswers } from '#registry/event-streams/rpc-outcome.ts';
import type { FailedAnswer } from '#registry/call-counts/call-hours.ts';

// Of each stream; the oldest is forgotten first.
const MAX_AWAITED = 1000;
const MAX_ID = 200;

/** A call that was posted and taken, and is answered over an event stream. */
interface AwaitedCall {
  serverRid: number;
  /** When it began, as ISO 8601. */
  timestamp: string;
  /** What the log says of it. */
  messages: readonly string[];
  /** Of its requests. */
  ids: readonly (string | number)[];
}

/** What comes over one event stream. */
export interface StreamAnswers {
  /** Calls that are posted here are answered over it. */
  named(postUrl: URL): void;
  /** Takes the next piece of the stream. */
  feed(piece: Uint8Array): void;
  close(): void;
}

/**
 * Answers of the older transport, which come over an event stream while the call itself is only told that it was taken. Only
 * failures are told: of the call where this process passed it on, else of the server at this time.
 */
export interface LaterAnswers {
  open(serverRid: number): StreamAnswers;
  /** Notes a call that is about to be posted. Returns how to say that it has failed already: then its answer says no more. */
  expect(postUrl: URL, call: AwaitedCall): () => void;
}

type Awaited = AwaitedCall & { isRpcError: boolean; isToolError: boolean };

export function createLaterAnswers({
  now,
  onFailed,
}: {
  now: () => Date;
  onFailed: (answer: FailedAnswer) => void;
}): LaterAnswers {
  // By server and address for posts: what is awaited over the newest stream that named it, by id.
  const streams = new Map<string, Map<string | number, Awaited>>();
  const keyOf = (serverRid: number, { origin, pathname, search }: URL): string =>
    `${serverRid} ${origin}${pathname}${search}`;

  return {
    open(serverRid) {
      const awaited = new Map<string | number, Awaited>();
      let key: string | undefined;
      const answers = new RpcAnswers(({ id, isError, isToolError }) => {
        const call = id === undefined ? undefined : awaited.get(id);
        if (id !== undefined) awaited.delete(id);
        // Several requests that were posted at once are one call, which fails once.
        const isNew = {
          isRpcError: isError && !call?.isRpcError,
          isToolError: isToolError && !call?.isToolError,
        };
        if (call !== undefined) {
          call.isRpcError ||= isError;
          call.isToolError ||= isToolError;
        }
        if (!isNew.isRpcError && !isNew.isToolError) return;
        const { timestamp, messages } = call ?? { timestamp: now().toISOString(), messages: [] };
        onFailed({ serverRid, timestamp, messages, ...isNew });
      });
      return {
        named(postUrl) {
          key = keyOf(serverRid, postUrl);
          streams.set(key, awaited);
        },
        feed(piece) {
          // On a stream of the newer transport nothing is answered but what was asked for again.
          if (key !== undefined) answers.feed(piece);
        },
        close() {
          if (key !== undefined && streams.get(key) === awaited) streams.delete(key);
        },
      };
    },
    expect(postUrl, call) {
      const awaited = streams.get(keyOf(call.serverRid, postUrl));
      const noted = { ...call, isRpcError: false, isToolError: false };
      for (const id of call.ids) {
        if (awaited === undefined || String(id).length > MAX_ID) continue;
        awaited.set(id, noted);
        const [oldest] = awaited.keys();
        if (oldest !== undefined && awaited.size > MAX_AWAITED) awaited.delete(oldest);
      }
      return () => {
        noted.isRpcError = true;
        noted.isToolError = true;
      };
    },
  };
}
