import { setTimeout } from 'node:timers/promises';
import { readCommand } from '#cli/config.ts';
import { readyText, startTouchmark, type Touchmark } from '#src/start.ts';

// The process behind `startDeskHost`: told the options of a desk, it starts it in place of the one before.
export type DeskOrder = { start: string[] } | 'stop';
export type DeskReply = { ready: string } | { failed: string };

// As long as the command itself gives what is under way.
const CLOSE_LIMIT_MS = 10_000;

let desk: Touchmark | undefined;

async function follow(order: DeskOrder): Promise<DeskReply> {
  await Promise.race([desk?.close(), setTimeout(CLOSE_LIMIT_MS, undefined, { ref: false })]);
  desk = undefined;
  if (order === 'stop') return { ready: '' };
  const command = readCommand(order.start);
  if (command.command !== 'run') return { failed: `this starts no desk: ${order.start.join(' ')}` };
  desk = await startTouchmark(command.config);
  return { ready: readyText(desk.readyLines) };
}

process.on('message', (order: DeskOrder) => {
  follow(order).then(
    (reply) => process.send?.(reply),
    (error: unknown) => process.send?.({ failed: String(error) } satisfies DeskReply),
  );
});
// Its tests have ended, however they did.
process.on('disconnect', () => process.exit());
