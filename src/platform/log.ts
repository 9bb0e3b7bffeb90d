import { pino, type Logger } from 'pino';

/** The log: one line of JSON on stderr for each event, written before the call returns. */
export function createLog(): Logger {
  return pino(
    { base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 2, sync: true }),
  );
}

/**
 * Puts into the log what Node and libraries would print beside it: warnings, what they say on the console, and the error
 * that nobody caught, with which the process ends.
 */
export function logTheProcess(log: Logger): void {
  // Node's own listener prints them.
  process.removeAllListeners('warning');
  process.on('warning', (warning) => log.warn({ err: warning }, 'process warning'));
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'uncaught error');
    process.exit(1);
  });
  const said =
    (level: 'info' | 'warn' | 'error') =>
    (first: unknown, ...more: unknown[]) => {
      if (first instanceof Error) log[level]({ err: first }, 'console');
      else log[level]({ said: [first, ...more].map(String) }, 'console');
    };
  Object.assign(console, {
    debug: said('info'),
    error: said('error'),
    info: said('info'),
    log: said('info'),
    trace: said('info'),
    warn: said('warn'),
  });
}
