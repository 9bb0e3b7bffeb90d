import { openTabChannel } from '#web/lib/tab-channel.ts';

/** What one tab of this browser tells the others: somebody signed in, or out. */
export type SessionNews = 'signed-in' | 'signed-out';

// One for telling and hearing: a channel does not hear itself.
let channel: BroadcastChannel | undefined;

/** Calls `hear` for what other tabs of this browser do. Returns how to stop. */
export function followSessionsElsewhere(hear: (news: SessionNews) => void): () => void {
  channel ??= openTabChannel('touchmark-session');
  const listen = ({ data }: MessageEvent<unknown>) => {
    // A tab of another version may say something else.
    if (data === 'signed-in' || data === 'signed-out') hear(data);
  };
  channel?.addEventListener('message', listen);
  return () => channel?.removeEventListener('message', listen);
}

/** Tells the other tabs. A browser without channels tells nobody: they learn it when they ask. */
export function tellSessionElsewhere(news: SessionNews): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel never leaves its origin
  channel?.postMessage(news);
}
