import { formatCount } from '#web/lib/format.ts';

/** What is known of a server's use; undefined: still being asked for, null: cannot be had. */
export interface KnownUse {
  /** How many calls there were in 7 days. */
  lastWeek: number | null | undefined;
  /** The type of the live release; `false` where none is. */
  liveType: string | null | false | undefined;
}

/** Whether anybody uses the server, in a sentence that may say less than is so, never more; undefined while it is open. */
export function deleteVerdict({ lastWeek, liveType }: KnownUse): string | undefined {
  if (lastWeek === undefined || liveType === undefined) return undefined;
  if (lastWeek !== null && lastWeek > 0)
    return `In use: ${formatCount(lastWeek, 'call')} in the last 7 days.`;
  const calls = lastWeek === null ? 'its calls are unknown' : 'it was not called in the last 7 days';
  if (liveType === false) return `Nothing is live, and ${calls}.`;
  if (liveType === null) return `Whether it is live is unknown; ${calls}.`;
  // What was downloaded once is used without a call of the registry.
  if (liveType === 'stdio') return 'People may use it: it can be downloaded, and runs on their own machines.';
  return `Live; ${calls}.`;
}
