import { once, type EventEmitter } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { webStream } from './web-stream.ts';

describe('a Node stream as a web stream', () => {
  let folder: string;
  const content = Buffer.alloc(300_000, 'touchmark');
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'touchmark-stream-'));
    await writeFile(join(folder, 'file'), content);
  });
  afterAll(async () => rm(folder, { recursive: true }));

  const openFile = async () => {
    const handle = await open(join(folder, 'file'));
    // Its type does not say that it is one.
    const closed = once(handle as unknown as EventEmitter, 'close');
    return { closed, stream: webStream(createReadStream('', { fd: handle })) };
  };

  it('has its bytes, and closes the file after them', async () => {
    const { closed, stream } = await openFile();
    expect(Buffer.compare(Buffer.from(await new Response(stream).arrayBuffer()), content)).toBe(0);
    await closed;
  });

  it('closes the file where it is given up before, while and after something is read', async () => {
    for (const reads of [0, 1, 2]) {
      const { closed, stream } = await openFile();
      const reader = stream.getReader();
      for (let read = 0; read < reads; read += 1) await reader.read();
      await reader.cancel();
      await closed;
    }
    const { closed, stream } = await openFile();
    const reader = stream.getReader();
    const underWay = reader.read();
    await reader.cancel();
    expect((await underWay).done).toBe(true);
    await closed;
  });

  it('may fail when it is given up, unheard', async () => {
    const aborting = new Readable({
      read() {},
      destroy: (_error, callback) => callback(new Error('given up')),
    });
    const closed = new Promise((resolve) => {
      aborting.on('close', resolve);
    });
    await webStream(aborting).cancel();
    await closed;
    expect(aborting.errored?.message).toBe('given up');
  });

  it('fails as it does', async () => {
    const failing = new Readable({
      read() {
        this.destroy(new Error('no more'));
      },
    });
    await expect(new Response(webStream(failing)).text()).rejects.toThrow('no more');
  });
});
