import { once } from 'node:events';
import type { DataCommand } from '#cli/config.ts';
import { ConfigError } from '#cli/config-error.ts';
import { reasonOf } from '#cli/reachable-database.ts';
import { DataRefused, type DataAnswer, type DataTools } from './data-answer.ts';
import { progressLines } from './progress-lines.ts';

// Their words are for the person who asked, and say what to do.
const REFUSALS = new Set([
  'DataRefused',
  'DataFolderError',
  'DatabaseRefused',
  'BlobPlaceError',
  'BackupUnreadable',
]);

/**
 * Does something with the data of a desk as a whole, and returns what to print and the status to end with. Throws
 * DataRefused where it is refused or fails, ConfigError where there is no data to do it on.
 */
export async function runDataCommand(
  command: DataCommand,
  now: () => Date,
): Promise<{ text: string; status: number }> {
  const progress = progressLines(process.stderr);
  try {
    if (command.request.name === 'audit') {
      const { exportAudit } = await import('./audit-command.ts');
      await exportAudit(command, command.request, printed);
      return { text: '', status: 0 };
    }
    const { json, text, isWrong } = await answer(command, { now, progress });
    progress.end();
    return { text: command.json ? `${JSON.stringify(json)}\n` : text, status: isWrong ? 1 : 0 };
  } catch (error) {
    progress.end();
    if (error instanceof ConfigError) throw error;
    if (error instanceof Error && REFUSALS.has(error.name)) throw new DataRefused(error.message);
    throw new DataRefused(`That failed (${reasonOf(error)}). Mend that, then try again.`, { cause: error });
  }
}

async function answer(command: DataCommand, tools: DataTools): Promise<DataAnswer> {
  const { request } = command;
  switch (request.name) {
    case 'backup':
      return (await import('./backup-command.ts')).backUp(command, request, tools);
    case 'restore':
      return (await import('./restore-command.ts')).restore(command, request.file, tools);
    case 'check':
      return (await import('./check-command.ts')).check(command, tools);
    case 'audit':
      throw new Error('An export is no answer');
    case 'migrate-database':
      break;
  }
  return (await import('./migrate-command.ts')).migrateDatabase(command, request.to, tools);
}

/** Prints, and resolves once whoever reads it has room for more. */
async function printed(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}
