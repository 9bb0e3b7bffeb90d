import type { IncomingMessage, ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { inTurns } from './turns.ts';

function server() {
  const begun: string[] = [];
  const refused: string[] = [];
  const take = inTurns({
    begin: ({ url = '' }) => void begun.push(url),
    refuse: ({ url = '' }) => void refused.push(url),
    isUrgent: ({ url = '' }) => url.startsWith('/urgent'),
  });
  /** Sends a request, and returns what ends its connection. */
  const send = (url: string): (() => void) => {
    const socket = { destroyed: false };
    take({ url, socket } as IncomingMessage, {} as ServerResponse);
    return () => {
      socket.destroyed = true;
    };
  };
  return { begun, refused, send };
}

it('a few requests at once begin at once, in every turn', async () => {
  const { begun, refused, send } = server();
  for (let turn = 0; turn < 3; turn++) {
    for (let i = 0; i < 16; i++) send(`/${turn}-${i}`);
    expect(begun).toHaveLength(16 * (turn + 1));
    await nextTurn();
  }
  expect(refused).toEqual([]);
});

it('many at once begin in the order in which they came, a few in each turn, and what is urgent in between', async () => {
  const { begun, refused, send } = server();
  for (let i = 0; i < 100; i++) send(`/${i}`);
  expect(begun).toHaveLength(16);
  send('/urgent');
  expect(begun.at(-1)).toBe('/urgent');
  await nextTurn();
  send('/later');
  expect(begun.length).toBeLessThan(40);
  for (let turn = 0; turn < 10; turn++) await nextTurn();
  const inOrder = [...Array.from({ length: 100 }, (_, i) => `/${i}`), '/later'];
  expect(begun.filter((url) => url !== '/urgent')).toEqual(inOrder);
  expect(refused).toEqual([]);
});

it('what comes while a thousand wait is refused, and taken again once they were served', async () => {
  const { begun, refused, send } = server();
  for (let i = 0; i < 1100; i++) send(`/${i}`);
  expect(refused).toEqual(Array.from({ length: 84 }, (_, i) => `/${1016 + i}`));
  for (let turn = 0; turn < 70; turn++) await nextTurn();
  expect(begun).toHaveLength(1016);
  send('/again');
  expect(begun.at(-1)).toBe('/again');
});

it('one whose client has gone while it waited is not begun', async () => {
  const { begun, send } = server();
  for (let i = 0; i < 16; i++) send(`/${i}`);
  const leave = send('/gone');
  send('/there');
  leave();
  await nextTurn();
  await nextTurn();
  expect(begun).toContain('/there');
  expect(begun).not.toContain('/gone');
});
