import { Readable } from 'node:stream';
import { strToU8, zipSync, type Zippable } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, engines, type TestDatabase } from '#e2e/support/databases.ts';
import { createFileBlobs, createRowBlobs, type TestBlobs } from '#e2e/support/test-blobs.ts';
import { checkedEntries, UnsafeZip, type CheckedZip, type ZipLimits } from './zip-entries.ts';

const LIMITS: ZipLimits = { maxEntries: 1000, maxTotalBytes: 10_000_000 };
const bytes = strToU8('hello');

describe.each(engines)('a ZIP file beside or in %s', (engine) => {
  let database: TestDatabase;
  let stored: TestBlobs;
  beforeAll(async () => {
    database = await createTestDatabase(engine);
    const now = () => new Date();
    stored = engine === 'sqlite' ? await createFileBlobs(now) : createRowBlobs(database.db, now);
  });
  afterAll(async () => {
    await stored.drop();
    await database.drop();
  });

  const open = async (content: Zippable | Uint8Array, limits = LIMITS): Promise<CheckedZip> => {
    const bytes = content instanceof Uint8Array ? content : zipSync(content);
    const { hash } = await stored.blobs.put(Readable.from([Buffer.from(bytes)]), 50_000_000);
    return checkedEntries(await stored.blobs.open(hash), limits);
  };

  it('shows its files and gives their bytes, stored or deflated', async () => {
    const zip = await open({
      'manifest.json': bytes,
      assets: { 'big.txt': [strToU8('x'.repeat(5000)), { level: 9 }], 'raw.bin': [bytes, { level: 0 }] },
      'empty/': new Uint8Array(),
    });
    expect(zip.files).toEqual([
      { name: 'manifest.json', size: 5 },
      { name: 'assets/big.txt', size: 5000 },
      { name: 'assets/raw.bin', size: 5 },
    ]);
    expect(await zip.readEntry('manifest.json', 100)).toEqual(Buffer.from('hello'));
    expect((await zip.readEntry('assets/big.txt', 5000))?.length).toBe(5000);
    expect(await zip.readEntry('empty/', 100)).toBeUndefined();
    expect(await zip.readEntry('none', 100)).toBeUndefined();
    await zip.verify();
    zip.close();
  });

  it.each<[string, Zippable]>([
    ['a path upwards', { '../evil': bytes }],
    ['a path upwards in the middle', { 'a/../../evil': bytes }],
    ['an absolute path', { '/etc/evil': bytes }],
    ['a drive', { 'C:/evil': bytes }],
    ['a backslash', { 'a\\..\\evil': bytes }],
    ['an empty step', { 'a//b': bytes }],
    ['a step that stays', { './a': bytes }],
    ['a control character', { 'a\u0000b': bytes }],
    ['a name too long', { ['x'.repeat(501)]: bytes }],
    ['a link', { link: [strToU8('/etc/passwd'), { os: 3, attrs: (0o120777 << 16) >>> 0 }] }],
    ['a device', { device: [bytes, { os: 3, attrs: (0o020666 << 16) >>> 0 }] }],
    ['a link of a system that has none', { link: [bytes, { os: 0, attrs: (0o120777 << 16) >>> 0 }] }],
    ['a folder with bytes of its own', { 'folder/': bytes }],
  ])('with %s is refused', async (_, content) => {
    await expect(open(content)).rejects.toThrow(UnsafeZip);
  });

  it('with a plain executable is taken', async () => {
    const zip = await open({ run: [bytes, { os: 3, attrs: (0o100755 << 16) >>> 0 }] });
    expect(zip.files).toHaveLength(1);
    zip.close();
  });

  it('with the same name twice is refused', async () => {
    const whole = zipSync({ abcd: bytes, abce: bytes });
    await expect(open(replaceAll(whole, 'abce', 'abcd'))).rejects.toThrow('"abcd" twice');
  });

  it('with more entries than may be is refused before any is read', async () => {
    const many: Zippable = {};
    for (let i = 0; i < 100_000; i += 1) many[`f${i}`] = [new Uint8Array(), { level: 0 }];
    const content = zipSync(many);
    await expect(open(content)).rejects.toThrow('more than 1000 files');
  });

  it('that unpacks to more than it may is refused before it is unpacked', async () => {
    const bomb = { bomb: [new Uint8Array(20_000_000), { level: 9 }] } satisfies Zippable;
    expect(zipSync(bomb).length).toBeLessThan(50_000);
    await expect(open(bomb)).rejects.toThrow('unpacks to more than 10000000 bytes');
    const halves: Zippable = { a: new Uint8Array(6_000_000), b: new Uint8Array(6_000_000) };
    await expect(open(halves)).rejects.toThrow('unpacks to more than 10000000 bytes');
  });

  it.each([
    ['less', 100],
    ['more', 9_000_000],
  ])('that says %s than it unpacks to is caught when it is unpacked', async (_, said) => {
    const zip = await open(withDeclaredSize(zipSync({ lie: new Uint8Array(5_000_000) }), said));
    await expect(zip.readEntry('lie', 9_000_000)).rejects.toThrow(UnsafeZip);
    await expect(zip.verify()).rejects.toThrow(UnsafeZip);
    zip.close();
  });

  it('gives no more of a file than was asked for', async () => {
    const zip = await open({ big: new Uint8Array(5000) });
    await expect(zip.readEntry('big', 4999)).rejects.toThrow('"big" is larger than 4999 bytes');
    zip.close();
  });

  it('that is none, cut off, or broken inside is refused', async () => {
    const whole = zipSync({ 'a.txt': strToU8('abc '.repeat(1000)) });
    await expect(open(strToU8('<html>not a zip</html>'))).rejects.toThrow(UnsafeZip);
    await expect(open(new Uint8Array())).rejects.toThrow(UnsafeZip);
    await expect(open(whole.subarray(0, whole.length - 30))).rejects.toThrow(UnsafeZip);
    const broken = Uint8Array.from(whole);
    broken.fill(255, 36, 50);
    const zip = await open(broken);
    await expect(zip.verify()).rejects.toThrow(UnsafeZip);
    zip.close();
  });

  it('tells one that cannot be read from an unsafe one', async () => {
    const read = async () => Promise.reject(new Error('the disk is gone'));
    const unreadable = { size: 100, read, close: async () => {} };
    await expect(checkedEntries(unreadable, LIMITS)).rejects.toThrow(/^the disk is gone$/);
    const { hash } = await stored.blobs.put(Readable.from([Buffer.from(zipSync({ a: bytes }))]), 1000);
    const blob = await stored.blobs.open(hash);
    let isGone = false;
    const failing = {
      ...blob,
      read: async (at: number, length: number) => (isGone ? read() : blob.read(at, length)),
    };
    const zip = await checkedEntries(failing, LIMITS);
    isGone = true;
    await expect(zip.verify()).rejects.toThrow(/^the disk is gone$/);
    zip.close();
  });
});

const CENTRAL = [0x50, 0x4b, 1, 2];

function withDeclaredSize(zip: Uint8Array, size: number): Uint8Array {
  const changed = Buffer.from(zip);
  changed.writeUInt32LE(size, changed.indexOf(Buffer.from(CENTRAL)) + 24);
  return changed;
}

function replaceAll(zip: Uint8Array, from: string, to: string): Uint8Array {
  return Buffer.from(Buffer.from(zip).toString('latin1').replaceAll(from, to), 'latin1');
}
