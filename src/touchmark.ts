#!/usr/bin/env node
import { readCommand } from '#cli/config.ts';
import { VERSION } from '#platform/version.ts';
import type { Touchmark } from './start.ts';

// What is under way gets this long to finish after SIGTERM or SIGINT.
const CLOSE_LIMIT_MS = 10_000;

// Ctrl-C under npm reaches this process twice, from the terminal and from npm: only a later one means "at once".
const SAME_SIGNAL_MS = 1000;

// Read before anything takes time: a parent that ends while this starts is noticed too.
const PARENT = process.ppid;
const PARENT_CHECK_MS = 500;

// What is said in one line, without a stack, and with this status; anything else is a fault of ours.
const EXPECTED_ERRORS: Record<string, number> = {
  ConfigError: 2,
  ListenError: 2,
  DataFolderError: 2,
  DatabaseRefused: 2,
  BlobPlaceError: 2,
  PeopleError: 1,
  DataRefused: 1,
};

// Each command loads what it needs, so that none waits for what another needs.
async function main(): Promise<void> {
  const command = readCommand();
  if (command.command !== 'run') endWithReader();
  switch (command.command) {
    case 'version':
      return say(`${VERSION}\n`);
    case 'help': {
      const { helpText } = await import('#cli/help.ts');
      return say(helpText());
    }
    case 'people': {
      const { runPeopleCommand } = await import('#cli/people-command.ts');
      return say(await runPeopleCommand(command, new Date()));
    }
    case 'data': {
      const { runDataCommand } = await import('#cli/data/data-command.ts');
      const { text, status } = await runDataCommand(command, () => new Date());
      process.exitCode = status;
      return say(text);
    }
    case 'run':
      break;
  }
  const { createLog, logTheProcess } = await import('#platform/log.ts');
  logTheProcess(createLog());
  const { readyText, startTouchmark } = await import('./start.ts');
  const touchmark = await startTouchmark(command.config);
  // Before it says that it is ready: whoever reads that may end it at once.
  closeWhenAsked(touchmark);
  say(readyText(touchmark.readyLines));
}

// Whoever reads what a command says, as `head`, may have enough of it before its end.
function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
}

function say(text: string): void {
  process.stdout.write(text);
}

function closeWhenAsked(touchmark: Touchmark): void {
  let askedAt: number | undefined;
  const close = async (drained: Promise<void>): Promise<never> => {
    askedAt = performance.now();
    await drained;
    setTimeout(() => {
      console.error(
        `Touchmark was not done closing after ${CLOSE_LIMIT_MS / 1000} s and ends now: what it did not write down is looked up at the next start.`,
      );
      process.exit(1);
    }, CLOSE_LIMIT_MS).unref();
    try {
      await touchmark.close();
      process.exit(0);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      console.error(`Touchmark did not close cleanly: ${reason}`);
      process.exit(1);
    }
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    if (askedAt === undefined) {
      // Somebody at a terminal waits for it; what sends the other has a proxy in front.
      void close(signal === 'SIGTERM' ? touchmark.drain() : Promise.resolve());
    } else if (performance.now() - askedAt >= SAME_SIGNAL_MS) {
      process.exit(1);
    }
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  // npm tells only the shell that it started, and the shell tells nobody: without this the desk would go on, unseen,
  // and hold its data folder. Started by itself, it outlives its shell as any server does.
  if (process.env['npm_lifecycle_event'] === undefined) return;
  const watching = setInterval(() => {
    if (process.ppid === PARENT) return;
    clearInterval(watching);
    if (askedAt === undefined) void close(Promise.resolve());
  }, PARENT_CHECK_MS);
  watching.unref();
}

main().catch((error: unknown) => {
  const status = error instanceof Error ? EXPECTED_ERRORS[error.name] : undefined;
  if (error instanceof Error && status !== undefined) process.stderr.write(`${error.message}\n`);
  else console.error(error);
  process.exit(status ?? 1);
});
