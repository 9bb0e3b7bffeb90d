import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { OperationAction } from '#contract/operations.ts';
import { allKinds } from './all-kinds.ts';
import type { ChangeKind } from './change-kind.ts';
import { quickLimits } from '#e2e/support/running-gateway.ts';
import { sendJson, type Script } from '#e2e/support/scripted-registry.ts';
import { eventually, startDirectDesk, type DirectDesk } from '#e2e/support/test-desk.ts';
import type { Visitor } from '#e2e/support/visitor.ts';

// The runner knows no kind. What kinds with uploads and with secret answers may rely on is shown by two of their own.

/** As publishing a release will be: a repeated one makes a second release. */
const publishing: ChangeKind = {
  action: 'publish-release' as OperationAction,
  method: 'PUT',
  pattern: '/servers/:name/releases',
  path: (target) => `/servers/${encodeURIComponent(target)}/releases`,
  body: { form: 'upload', maxBytes: 80_000_000 },
  repeatable: false,
  confirms: (answer) => typeof answer['deploymentId'] === 'string',
  judge: () => undefined,
  answer: { from: 'registry' },
  words: {
    notDone: () => 'Nothing was published.',
    open: () => 'Whether it was published is not known yet.',
    inconclusive: () => 'Whether it was published is not known.',
    another: 'Another server has this name now.',
  },
};

/** As making a key will be: its text is in the answer, once. */
const makingKey: ChangeKind = {
  action: 'make-key' as OperationAction,
  method: 'POST',
  pattern: '/servers/:name/keys',
  path: (target) => `/servers/${encodeURIComponent(target)}/keys`,
  body: { form: 'json', schema: z.object({ label: z.string() }) },
  repeatable: false,
  confirms: (answer) => typeof answer['key'] === 'string',
  judge: () => undefined,
  answer: {
    from: 'registry-once',
    keep: ({ id }) => ({ id }),
    lost: 'The key was made, but its text was lost. Revoke it and make another.',
  },
  words: {
    notDone: () => 'No key was made.',
    open: () => 'Whether a key was made is not known yet.',
    inconclusive: () => 'Whether a key was made is not known.',
    another: 'Another server has this name now.',
  },
};

const limits = { ...quickLimits, headersMs: 1500, totalMs: 1500, idleMs: 1500 };
// Far more than the buffers of the sockets on its way.
const LARGE = 60_000_000;
const PATH = '/api/servers/acme%2Fweather/releases';

let desk: DirectDesk;
let owner: Visitor;
beforeEach(async () => {
  desk = await startDirectDesk({ limits, kinds: [...allKinds, publishing, makingKey] });
  owner = desk.owner;
});
afterEach(() => desk.stop());

const entry = async (id: string) => (await owner.call(`/api/-/operations/${id}`)).json;
const arrivals = (method: string) => desk.registry.requests.filter((request) => request.method === method);
const settled = (id: string) =>
  eventually(
    () => entry(id),
    (operation) => operation !== undefined && operation['state'] !== 'sending' && operation['id'] === id,
  );

/** A form with one file and one field, its boundary made anew each time as browsers do. */
function form(bytes: Uint8Array, { fileName = 'weather.mcpb', payload = '{}' } = {}) {
  const boundary = `----boundary-${randomUUID()}`;
  const part = (head: string) => `--${boundary}\r\nContent-Disposition: form-data; ${head}\r\n\r\n`;
  const body = Buffer.concat([
    Buffer.from(`${part('name="payload"')}${payload}\r\n`),
    Buffer.from(part(`name="bundle"; filename="${fileName}"`)),
    bytes,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
  return { body, type: `multipart/form-data; boundary=${boundary}` };
}

async function upload(id: string, { body, type }: ReturnType<typeof form>) {
  return owner.call(PATH, {
    method: 'PUT',
    headers: { 'Idempotency-Key': id, 'Content-Type': type },
    body,
  });
}

/** Sends the head and a part of the body, as a browser would; the rest is up to the test. */
function beginUpload(id: string, { body, type }: ReturnType<typeof form>, upTo: number, length = true) {
  const request = httpRequest(`${desk.running.url}${PATH}`, {
    method: 'PUT',
    headers: {
      'Touchmark-Client': 'web',
      'Sec-Fetch-Site': 'same-origin',
      Origin: desk.running.url,
      Cookie: [...owner.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
      'Idempotency-Key': id,
      'Content-Type': type,
      ...(length ? { 'Content-Length': body.length } : {}),
    },
  });
  request.on('error', () => {});
  request.write(body.subarray(0, upTo));
  return request;
}

/** Plays a registry that takes a release whole. `received` counts bytes as they come. */
function takingReleases() {
  const seen = { bytes: 0, whole: 0, hash: '' };
  desk.registry.script = (request, response, incoming) => {
    if (request.method !== 'PUT') return undefined;
    const hash = createHash('sha256');
    incoming.on('data', (piece: Buffer) => {
      seen.bytes += piece.length;
      hash.update(piece);
    });
    incoming.on('error', () => {});
    incoming.on('end', () => {
      seen.whole++;
      seen.hash = hash.digest('hex');
      sendJson(response, 202, { deploymentId: `release-${seen.whole}`, status: 'QUEUED' });
    });
    return true;
  };
  return seen;
}

/** Plays a registry that reads nothing of what comes. */
const notTaking: Script = ({ method }, _response, incoming) => {
  if (method !== 'PUT') return undefined;
  incoming.pause().on('error', () => {});
  return true;
};

describe('a change with an upload', () => {
  it('is passed on byte by byte, with its length, and its file is in the ledger by name, length and digest', async () => {
    const seen = takingReleases();
    const sent = form(randomBytes(3_000_000), { payload: '{"token":"canary-77"}' });
    const id = randomUUID();
    const answer = await upload(id, sent);
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ deploymentId: 'release-1', operation: { state: 'applied' } });
    expect(seen.hash).toBe(createHash('sha256').update(sent.body).digest('hex'));
    expect(arrivals('PUT')[0]?.headers).toMatchObject({
      'content-type': sent.type,
      'content-length': String(sent.body.length),
    });
    const row = await desk.database.db.selectFrom('operations').selectAll().executeTakeFirstOrThrow();
    expect(row).toMatchObject({ file_name: 'weather.mcpb', file_bytes: 3_000_000 });
    expect(row.body_print).toMatch(/^[0-9a-f]{64}$/);
    expect(JSON.stringify(row)).not.toContain('canary-77');
  });

  it('is never whole in memory: what the registry does not take yet, the browser cannot send', async () => {
    desk.registry.script = notTaking;
    const sent = form(randomBytes(LARGE));
    const request = beginUpload(randomUUID(), sent, 0);
    let accepted = 0;
    for (let at = 0; at < sent.body.length; at += 65_536) {
      const piece = sent.body.subarray(at, at + 65_536);
      const drained = new Promise((resolve) => {
        request.once('drain', () => resolve(true));
      });
      if (!request.write(piece) && !(await Promise.race([drained, sleep(400, false)]))) break;
      accepted += piece.length;
    }
    request.destroy();
    // Sockets hold some of it on either side, and no more.
    expect(accepted).toBeLessThan(LARGE / 2);
  });

  it('is made once for one operation id, also where the browser makes the form anew', async () => {
    takingReleases();
    const id = randomUUID();
    const bytes = randomBytes(100_000);
    const [first, together] = await Promise.all([upload(id, form(bytes)), upload(id, form(bytes))]);
    const later = await upload(id, form(bytes));
    for (const answer of [first, together, later]) {
      expect(answer.status).toBe(200);
      expect(answer.json).toEqual(first.json);
    }
    expect(arrivals('PUT')).toHaveLength(1);
  });

  it.each([
    ['other bytes', form(Buffer.from('b'))],
    ['another file name', form(Buffer.from('a'), { fileName: 'other.mcpb' })],
    ['another field', form(Buffer.from('a'), { payload: '{"x":1}' })],
  ])('is refused under an operation id that stands for one with %s', async (_what, other) => {
    takingReleases();
    const id = randomUUID();
    expect((await upload(id, form(Buffer.from('a')))).status).toBe(200);
    const answer = await upload(id, other);
    expect(answer.status).toBe(422);
    expect(answer.json).toMatchObject({ code: 'idempotency-key-reused' });
    expect(arrivals('PUT')).toHaveLength(1);
  });

  it.each([
    ['with its length given', true],
    ['without its length', false],
  ])(
    'that the browser breaks off before its last byte, %s, is refused and never unknown',
    async (_how, length) => {
      const seen = takingReleases();
      const sent = form(randomBytes(400_000));
      const id = randomUUID();
      const request = beginUpload(id, sent, sent.body.length - 1, length);
      await eventually(
        async () => seen.bytes,
        (bytes) => bytes >= 300_000,
      );
      request.destroy();
      expect(await settled(id)).toMatchObject({
        state: 'refused',
        finding: 'not-sent-whole',
        checking: false,
      });
      expect(seen.whole).toBe(0);
      const again = await upload(id, sent);
      expect(again.status).toBe(400);
      expect(again.json).toMatchObject({ code: 'not-sent-whole' });
      expect(arrivals('PUT')).toHaveLength(1);
    },
  );

  it('that the registry stops taking in the middle is refused: it was never whole', async () => {
    desk.registry.script = notTaking;
    const answer = await upload(randomUUID(), form(randomBytes(LARGE)));
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ code: 'not-sent-whole', operation: { finding: 'not-sent-whole' } });
  });

  it('whose answer is lost after the last byte is unknown, and may not be asked for again', async () => {
    desk.registry.script = (request, response, incoming) => {
      if (request.method !== 'PUT') return undefined;
      incoming.resume().on('end', () => response.destroy());
      return true;
    };
    const answer = await upload(randomUUID(), form(Buffer.from('a')));
    expect(answer.status).toBe(502);
    expect(answer.json).toMatchObject({
      code: 'outcome-unknown',
      operation: { state: 'unknown', repeatable: false },
    });
  });

  it('that the registry refuses before it has all is refused in its words', async () => {
    desk.registry.script = (request, response) =>
      request.method === 'PUT' ? sendJson(response, 413, { error: 'Too large' }) : undefined;
    const answer = await upload(randomUUID(), form(Buffer.from('a')));
    expect(answer.status).toBe(413);
    expect(answer.json).toMatchObject({ code: 'registry-refused', error: 'Too large' });
  });

  it('that turns out to be larger than it may be is refused, and says so', async () => {
    const seen = takingReleases();
    const id = randomUUID();
    const sent = form(randomBytes(80_000_000));
    beginUpload(id, sent, sent.body.length, false).end();
    expect(await settled(id)).toMatchObject({
      state: 'refused',
      finding: 'not-sent-whole',
      message: 'The upload is larger than it may be.',
    });
    expect(seen.whole).toBe(0);
  });

  it('of the wrong kind, or larger than it may be, is not sent', async () => {
    takingReleases();
    for (const [type, body, status] of [
      ['application/json', '{}', 400],
      ['multipart/form-data', 'x', 400],
      [`multipart/form-data; boundary=${'b'.repeat(71)}`, 'x', 400],
      [form(Buffer.alloc(0)).type, Buffer.alloc(80_000_001), 413],
    ] as const) {
      const answer = await owner.call(PATH, {
        method: 'PUT',
        headers: { 'Idempotency-Key': randomUUID(), 'Content-Type': type },
        body,
      });
      expect(answer.status).toBe(status);
    }
    expect(arrivals('PUT')).toEqual([]);
  });
});

describe('a change whose answer holds a secret', () => {
  const makeKey = (id: string) =>
    owner.call('/api/servers/acme%2Fweather/keys', {
      method: 'POST',
      headers: { 'Idempotency-Key': id, 'Content-Type': 'application/json' },
      body: JSON.stringify({ label: 'laptop' }),
    });

  it('is told once; a repeated request is told that it was made and its text lost, and the ledger never has it', async () => {
    desk.registry.script = (request, response) =>
      request.method === 'POST' ? sendJson(response, 201, { id: 'key-1', key: 'tm_canary_once' }) : undefined;
    const id = randomUUID();
    const first = await makeKey(id);
    expect(first.status).toBe(200);
    expect(first.json).toMatchObject({ id: 'key-1', key: 'tm_canary_once' });
    const again = await makeKey(id);
    expect(again.status).toBe(410);
    expect(again.json).toMatchObject({
      code: 'answer-lost',
      error: 'The key was made, but its text was lost. Revoke it and make another.',
      operation: { state: 'applied', answer: { id: 'key-1' } },
    });
    const rows = await desk.database.db.selectFrom('operations').selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain('tm_canary_once');
    expect(JSON.stringify(desk.running.log)).not.toContain('tm_canary_once');
    expect(arrivals('POST')).toHaveLength(1);
  });
});
