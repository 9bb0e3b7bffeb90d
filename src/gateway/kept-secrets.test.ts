import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { API_KEY, sendJson } from '#e2e/support/scripted-registry.ts';
import { startTestDesk, type TestDesk } from '#e2e/support/test-desk.ts';
import type { Visitor } from '#e2e/support/visitor.ts';
import { createVault } from '#platform/sealing.ts';

/** The spellings in which a secret could leak. */
function spellings(secret: string): string[] {
  const bytes = Buffer.from(secret);
  // Base64 has three forms, by where in a longer text the secret begins; their middles are the same as these.
  const inBase64 = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .slice(4, -4),
  );
  const percent = [...bytes].map((byte) => `%${byte.toString(16)}`).join('');
  return [secret, encodeURIComponent(secret), percent, bytes.toString('hex'), ...inBase64].map((text) =>
    text.toLowerCase(),
  );
}

/** The places where the secret was found, in whatever spelling. */
function placesWith(secret: string, places: Record<string, string>): string[] {
  return Object.entries(places)
    .filter(([, text]) => spellings(secret).some((spelling) => text.toLowerCase().includes(spelling)))
    .map(([place]) => place);
}

describe('a secret', () => {
  let desk: TestDesk;
  let owner: Visitor;
  let answers: string[];
  beforeEach(async () => {
    desk = await startTestDesk('sqlite');
    answers = [];
    owner = desk.running.visitor();
  });
  afterEach(() => desk.stop());

  const call = async (...args: Parameters<Visitor['call']>) => {
    const answer = await owner.call(...args);
    answers.push(JSON.stringify(answer.headers) + answer.text);
  };

  const everywhere = () => ({
    answers: answers.join(''),
    log: desk.running.log.join(''),
    database: databaseFiles(),
  });

  function databaseFiles(): string {
    const { location } = desk.database;
    if (location.engine !== 'sqlite') throw new Error('The files of PostgreSQL are not ours to read');
    const folder = dirname(location.path);
    return readdirSync(folder)
      .map((name) => readFileSync(join(folder, name), 'latin1'))
      .join('');
  }

  it('would be found in every spelling, were it there', () => {
    const bytes = Buffer.from(`key=${API_KEY};`);
    for (const text of [bytes.toString(), bytes.toString('hex'), bytes.toString('base64')]) {
      expect(placesWith(API_KEY, { text })).toEqual(['text']);
    }
  });

  it('of the owner is in no answer, log line or database file, in no spelling', async () => {
    answers.push(JSON.stringify(await owner.signIn({ apiKey: API_KEY })));
    await call('/api/-/session?refresh');
    await call('/api/servers');
    await call('/api/servers/acme%2Fnever');
    desk.registry.script = (request, response) =>
      sendJson(response, 403, { error: `Not for you`, echo: request.headers });
    await call('/api/servers');
    desk.registry.script = ({ method }, response) => {
      if (method !== 'DELETE') return undefined;
      response.socket?.destroy();
      return true;
    };
    await call('/api/servers/acme%2Fweather', {
      method: 'DELETE',
      headers: { 'Idempotency-Key': randomUUID() },
    });
    desk.proxy.fault = () => 'garbage';
    await call('/api/servers');
    await call('/api/-/operations');
    // While the outcome is open the ledger holds the key, sealed.
    const row = await desk.database.db.selectFrom('operations').selectAll().executeTakeFirstOrThrow();
    expect(row.key_sealed).not.toBeNull();
    expect(answers.length).toBeGreaterThan(7);
    expect(placesWith(API_KEY, everywhere())).toEqual([]);
  });

  it('of the browser’s cookie is in no answer’s body, log line or database file', async () => {
    await owner.signIn({ apiKey: API_KEY });
    const [token = ''] = owner.cookies.values();
    await call('/api/servers');
    await call('/api/nothing');
    await call('/api/-/session', { method: 'DELETE' });
    expect(placesWith(token, everywhere())).toEqual([]);
  });

  it('typed wrongly at sign-in is not written anywhere either', async () => {
    const typed = 'smry_nearly_9kQz0Vd7Lm3xXa';
    answers.push(JSON.stringify(await owner.signIn({ apiKey: typed })));
    answers.push(JSON.stringify(await owner.signIn({ code: typed })));
    await call(`/api/servers?apiKey=${typed}`);
    expect(placesWith(typed, everywhere())).toEqual([]);
  });

  it('sealed for one place opens there, with the same secret, unaltered, and nowhere else', () => {
    const vault = createVault(new Uint8Array(32).fill(1), 'registry keys');
    const sealed = vault.seal(API_KEY, 'session a');
    expect(vault.open(sealed, 'session a')).toBe(API_KEY);
    expect(vault.open(sealed, 'session b')).toBeUndefined();
    expect(
      createVault(new Uint8Array(32).fill(2), 'registry keys').open(sealed, 'session a'),
    ).toBeUndefined();
    expect(vault.seal(API_KEY, 'session a')).not.toBe(sealed);
    const bytes = Buffer.from(sealed, 'base64url');
    for (let i = 0; i < bytes.length; i++) {
      const altered = Buffer.from(bytes);
      altered[i] = (altered[i] ?? 0) ^ 1;
      expect(vault.open(altered.toString('base64url'), 'session a')).toBeUndefined();
    }
    expect(vault.open('', 'session a')).toBeUndefined();
  });
});
