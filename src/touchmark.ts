#!/usr/bin/env node
import { DataFolderError } from '#database/data-folder.ts';
import { PeopleError } from '#registry/people/people-store.ts';
import { ConfigError } from '#cli/config-error.ts';
import { readCommand } from '#cli/config.ts';
import { helpText } from '#cli/help.ts';
import { runPeopleCommand } from '#cli/people-command.ts';
import { ListenError } from '#platform/http-server.ts';
import { readyText, startTouchmark, type Touchmark } from './start.ts';

declare const __TOUCHMARK_VERSION__: string | undefined;

// Written in by the build.
const VERSION = typeof __TOUCHMARK_VERSION__ === 'string' ? __TOUCHMARK_VERSION__ : 'development';

// What is under way gets this long to finish after SIGTERM or SIGINT.
const CLOSE_LIMIT_MS = 10_000;

async function main(): Promise<void> {
  const command = readCommand();
  if (command.command === 'help') return void process.stdout.write(helpText());
  if (command.command === 'version') return void process.stdout.write(`${VERSION}\n`);
  if (command.command === 'people') {
    return void process.stdout.write(await runPeopleCommand(command, new Date()));
  }
  const touchmark = await startTouchmark(command.config);
  // Before it says that it is ready: whoever reads that may end it at once.
  closeOnSignal(touchmark);
  process.stdout.write(readyText(touchmark.readyLines));
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
  const unusable =
    error instanceof ConfigError || error instanceof ListenError || error instanceof DataFolderError;
  console.error(unusable || error instanceof PeopleError ? error.message : error);
  process.exit(unusable ? 2 : 1);
});
