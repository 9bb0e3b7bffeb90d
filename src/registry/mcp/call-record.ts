import type { RegistryContext } from '#registry/context.ts';
import { describeCall, logsOf, type CallEnd } from './call-text.ts';
import { observedBody, type BodyEnd } from '#registry/event-streams/observed-body.ts';
import { RpcOutcome } from '#registry/event-streams/rpc-outcome.ts';
import type { StreamAnswers } from './later-answers.ts';
import { requestsIn, type RpcBody } from './rpc-body.ts';
import type { UpstreamAnswer, UpstreamFailure } from './upstream-call.ts';

// What HTTP servers write down for a caller that left; nobody receives it.
const CALLER_LEFT = 499;

interface Call {
  method: string;
  /** Null where nothing is posted. */
  body: RpcBody | null;
  /** True where it asks for events that have no end of their own. */
  isListening: boolean;
  serverRid: number;
  /** Where the server is reached, as everybody knows it. */
  url: string;
  toolNames: ReadonlySet<string>;
  /** What comes over the stream that it opens; undefined where it opens none of its own. */
  answers: StreamAnswers | undefined;
  /** Notes that it is answered over another stream; undefined where it is not. Returns how to say that it has failed already. */
  awaitAnswer: ((call: { timestamp: string; messages: readonly string[] }) => () => void) | undefined;
  /** Told when it ends, however it does. */
  onEnd: () => void;
}

/** A call under way. It is written down, once, when it ends. */
export interface CallRecord {
  /** It failed before there was an answer. */
  failed(failure: UpstreamFailure): void;
  /** The caller left before there was an answer. */
  gaveUp(): void;
  /** The answer's body, to be sent; the call ends with it, or where `closing` is aborted. */
  observe(answer: UpstreamAnswer, closing: AbortSignal): ReadableStream<Uint8Array> | string | null;
}

/** Begins to record a call. What is posted without wanting an answer is no call, and leaves no record. */
export function startCall(
  { now, newId, invocations, limits }: Pick<RegistryContext, 'now' | 'newId' | 'invocations' | 'limits'>,
  { method, body, isListening, serverRid, url, toolNames, answers, awaitAnswer, onEnd }: Call,
): CallRecord {
  const timestamp = now().toISOString();
  const started = performance.now();
  const isCall = body === null || requestsIn(body).length > 0;
  const lines = describeCall(method, body, toolNames);
  const stopAwaiting = awaitAnswer?.({ timestamp, messages: lines });

  function record(end: CallEnd, outcome?: RpcOutcome): void {
    onEnd();
    if (!isCall) return;
    const wallMs = Math.round(performance.now() - started);
    const { status } = end;
    if (end.outcome !== 'ok') stopAwaiting?.();
    const said = logsOf(end, {
      lines,
      began: timestamp,
      ended: now().toISOString(),
      // Events are waited for, not worked on.
      workedMs: isListening ? 0 : wallMs,
    });
    const call = { id: newId(), serverRid, timestamp, method, url, status, outcome: end.outcome };
    const answered =
      outcome === undefined ? {} : { isRpcError: outcome.isError, isToolError: outcome.isToolError };
    const invocation = { ...call, cpuMs: 0, wallMs, ...said, ...answered };
    invocations.add({ invocation, isUse: body !== null });
  }

  return {
    failed: ({ status, name, message }) => record({ status, outcome: 'exception', message, exception: name }),
    gaveUp: () =>
      record({ status: CALLER_LEFT, outcome: 'canceled', message: 'The caller left without an answer' }),
    observe({ status, body: answer, isStream }, closing) {
      if (!(answer instanceof ReadableStream)) {
        record(endOf('whole', status, isListening));
        return answer;
      }
      // What comes while listening answers no call in particular.
      const outcome = isListening ? undefined : new RpcOutcome({ isStream });
      return observedBody(answer, {
        isStream,
        idleMs: limits.upstreamAnswerMs,
        commentMs: limits.streamCommentMs,
        closing,
        onPiece: (piece) => (answers ?? outcome)?.feed(piece),
        onEnd: (end) => record(endOf(end, status, isListening), outcome),
      });
    },
  };
}

function endOf(end: BodyEnd, status: number, isListening: boolean): CallEnd {
  const answered = `Answered ${status}`;
  // A stream of events has no end of its own: leaving it is how it is meant to end.
  if (isListening && status < 400 && end !== 'idle' && end !== 'endpoint-refused') {
    return { status, outcome: 'ok', message: `${answered}, stream ended` };
  }
  if (end !== 'whole') return { status, ...EARLY_ENDS[end] };
  if (status < 400) return { status, outcome: 'ok', message: answered };
  return { status, outcome: 'exception', message: answered, exception: 'UpstreamError' };
}

const EARLY_ENDS: Record<Exclude<BodyEnd, 'whole'>, Omit<CallEnd, 'status'>> = {
  broken: {
    outcome: 'exception',
    message: 'The upstream broke off in the middle of its answer',
    exception: 'UpstreamBroke',
  },
  idle: {
    outcome: 'exception',
    message: 'The upstream fell silent in the middle of its answer',
    exception: 'UpstreamTimeout',
  },
  'endpoint-refused': {
    outcome: 'exception',
    message: 'The upstream named an address for posts that is not of its own origin',
    exception: 'UpstreamRefused',
  },
  'caller-left': { outcome: 'canceled', message: 'The caller left before the answer ended' },
  closing: { outcome: 'canceled', message: 'Touchmark stopped before the answer ended' },
};
