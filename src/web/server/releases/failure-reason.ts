import type { ReleaseDetail } from '#contract/registry-answers.ts';
import { safeHref } from '#web/lib/safe-link.ts';

/** Why a release ended or waits, by its own log. */
export interface LogWords {
  /** The registry's own sentence for it; null where its log says none. */
  reason: string | null;
  /** What the registry adds to it: the program's error, what to do. */
  detail: string | null;
  /** The last line of the log, where that is another. */
  lastLine: string | null;
}

/** What a release's log says of its end; null where there is no log. The newest line that is an error is the reason. */
export function logWords({ logs }: Pick<ReleaseDetail, 'logs'>): LogWords | null {
  const last = logs?.at(-1);
  if (logs === null || last === undefined) return null;
  const reason = logs.findLast(({ level }) => level === 'error') ?? null;
  return {
    reason: reason?.message ?? null,
    detail: reason?.error?.message ?? null,
    lastLine: last === reason ? null : last.message,
  };
}

/** The address in the last line of a release's log, where to sign in; undefined where it names none that is safe to follow. */
export function signInAddress({
  logs,
  upstreamUrl,
}: Pick<ReleaseDetail, 'logs' | 'upstreamUrl'>): string | undefined {
  const found = /https?:\/\/[^\s"'<>“”]+/i.exec(logs?.at(-1)?.message ?? '')?.[0];
  // What ends the sentence is no part of it.
  const address = safeHref(found?.replace(/[.,;:!?)\]]+$/, ''));
  // Nobody signs in where programs call the server.
  return address === safeHref(upstreamUrl) ? undefined : address;
}
