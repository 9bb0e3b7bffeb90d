#!/usr/bin/env node
import { readCommand } from '#cli/config.ts';
import type { Touchmark } from './start.ts';

declare const __TOUCHMARK_VERSION__: string | undefined;

// Written in by the build.
const VERSION = typeof __TOUCHMARK_VERSION__ === 'string' ? __TOUCHMARK_VERSION__ : 'development';

// What is under way gets this long to finish after SIGTERM or SIGINT.
const CLOSE_LIMIT_MS = 10_000;

// What is said in one line, without a stack, and with this status; anything else is a fault of ours.
const EXPECTED_ERRORS: Record<string, number> = {
  ConfigError: 2,
  ListenError: 2,
  DataFolderError: 2,
  PeopleError: 1,
};

// Each command loads what it needs, so that none waits for what another needs.
async function main(): Promise<void> {
  const command = readCommand();
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
    case 'run':
      break;
  }
  const { readyText, startTouchmark } = await import('./start.ts');
  const touchmark = await startTouchmark(command.config);
  // Before it says that it is ready: whoever reads that may end it at once.
  closeOnSignal(touchmark);
  say(readyText(touchmark.readyLines));
}

function say(text: string): void {
  process.stdout.write(text);
}

function closeOnSignal(touchmark: Touchmark): void {
  let closing = false;
  const close = (): void => {
    if (closing) process.exit(1);
    closing = true;
    setTimeout(() => process.exit(0), CLOSE_LIMIT_MS).unref();
    void touchmark.close().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(`Touchmark did not close cleanly: ${String(error)}`);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', close);
  process.on('SIGINT', close);
}

main().catch((error: unknown) => {
  const status = error instanceof Error ? EXPECTED_ERRORS[error.name] : undefined;
  console.error(error instanceof Error && status !== undefined ? error.message : error);
  process.exit(status ?? 1);
});
