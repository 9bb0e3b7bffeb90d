import { QueryClient } from '@tanstack/react-query';
import { describe, expect, it, vi } from 'vitest';
import {
  type Deletion,
  deletionSince,
  type DeletionNews,
  isDeleted,
  knownDeletions,
  listenToTabs,
  rememberDeletion,
  tellOtherTabs,
} from './known-deletions.ts';

const deletion: Deletion = {
  operationId: 'op-1',
  qualifiedName: 'acme/weather',
  serverId: 'id-1',
  at: 1000,
  where: 'here',
};

describe('whether a listed server is a deleted one', () => {
  it('is, however late the answer that names it was asked for', () => {
    const server = { qualifiedName: 'acme/weather', id: 'id-1' };
    expect(isDeleted(server, [deletion], 900)).toBe(true);
    expect(isDeleted(server, [deletion], 90_000)).toBe(true);
  });

  it('is not, where another server was created under the name', () => {
    expect(isDeleted({ qualifiedName: 'acme/weather', id: 'id-2' }, [deletion], 900)).toBe(false);
  });

  it('is not, where another name begins alike', () => {
    expect(isDeleted({ qualifiedName: 'acme', id: 'id-1' }, [deletion], 900)).toBe(false);
    expect(isDeleted({ qualifiedName: 'acme/weather-archive', id: 'id-3' }, [deletion], 900)).toBe(false);
  });

  it('depends on when the list was asked for, where the id was never seen', () => {
    const nameless = { ...deletion, serverId: null };
    const server = { qualifiedName: 'acme/weather', id: 'id-1' };
    expect(isDeleted(server, [nameless], 1000)).toBe(true);
    expect(isDeleted(server, [nameless], 1001)).toBe(false);
  });
});

describe('the page of a deleted server', () => {
  it('is one that was loaded before the deletion', () => {
    expect(deletionSince([deletion], 'acme/weather', 999)).toBe(deletion);
    expect(deletionSince([deletion], 'acme/weather', 1001)).toBeUndefined();
    expect(deletionSince([deletion], 'acme', 999)).toBeUndefined();
  });
});

describe('what this tab remembers', () => {
  it('holds each operation once', () => {
    const client = new QueryClient();
    expect(rememberDeletion(client, deletion)).toBe(true);
    expect(rememberDeletion(client, { ...deletion, where: 'elsewhere' })).toBe(false);
    expect(knownDeletions(client)).toEqual([deletion]);
  });

  it('is kept without anything on screen that uses it', () => {
    vi.useFakeTimers();
    try {
      const client = new QueryClient();
      rememberDeletion(client, deletion);
      vi.advanceTimersByTime(24 * 3_600_000);
      expect(knownDeletions(client)).toEqual([deletion]);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('what tabs tell each other', () => {
  it('arrives as it was said, and what is no such news is dropped', async () => {
    const heard: DeletionNews[] = [];
    const stop = listenToTabs((news) => heard.push(news));
    const stranger = new BroadcastChannel('touchmark-deletions');
    try {
      for (const nonsense of [null, 'acme/weather', {}, { ...deletion, serverId: 7 }]) {
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel never leaves its origin
        stranger.postMessage(nonsense);
      }
      const news = { operationId: 'op-1', qualifiedName: 'acme/weather', serverId: null };
      tellOtherTabs(news);
      await expect.poll(() => heard).toEqual([news]);
    } finally {
      stranger.close();
      stop();
    }
  });
});
