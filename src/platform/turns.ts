import type { IncomingMessage, ServerResponse } from 'node:http';

type Begin = (request: IncomingMessage, response: ServerResponse) => void;

// About as much work as a person, or whoever watches over the process, does not notice waiting for.
const BEGIN_IN_A_TURN = 16;
// About a second's work: whoever comes later is better told at once than served too late.
const MAX_WAITING = 1000;

/** What a server does with requests that come faster than it can answer them. */
interface Turns {
  begin: Begin;
  /** Answers a request that comes while too many wait. */
  refuse: Begin;
  /** True for a request that waits for no other. */
  isUrgent: (request: IncomingMessage) => boolean;
}

/**
 * Begins a few requests in each turn of the event loop, in the order in which they came, so that those in between are heard
 * however many come at once; and refuses what comes while a thousand wait.
 */
export function inTurns({ begin, refuse, isUrgent }: Turns): Begin {
  let waiting: [IncomingMessage, ServerResponse][] = [];
  let begun = 0;
  let isScheduled = false;

  function nextTurn(): void {
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(() => {
      isScheduled = false;
      begun = 0;
      const now = waiting.slice(0, BEGIN_IN_A_TURN);
      waiting = waiting.slice(BEGIN_IN_A_TURN);
      for (const [request, response] of now) {
        begun += 1;
        // Its client may have gone meanwhile.
        if (!request.socket.destroyed) begin(request, response);
      }
      if (waiting.length > 0) nextTurn();
    });
  }

  return (request, response) => {
    if (isUrgent(request)) return begin(request, response);
    if (waiting.length >= MAX_WAITING) return refuse(request, response);
    nextTurn();
    if (waiting.length > 0 || begun >= BEGIN_IN_A_TURN) waiting.push([request, response]);
    else {
      begun += 1;
      begin(request, response);
    }
  };
}
