import { X509Certificate } from 'node:crypto';
import { AsnConvert } from '@peculiar/asn1-schema';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeBundle } from '#e2e/support/bundles.ts';
import { engines } from '#e2e/support/databases.ts';
import { release, settled } from '#e2e/support/publishing.ts';
import { makeSigner, signatureBlock, signBundle } from '#e2e/support/signed-bundles.ts';
import { createTestRegistry, type TestRegistry } from '#e2e/support/test-registry.ts';

const NAME = 'acme/weather';
const PAYLOAD = { type: 'stdio', runtime: 'node' };
const BUNDLE = makeBundle();
const ACME = makeSigner('Acme');
const OTHER = makeSigner('Acme');
const AUTHORITY = makeSigner('Some authority', { kind: 'ec' });
const ISSUED = makeSigner('Acme', { kind: 'ec', issuer: { name: 'Some authority', signer: AUTHORITY } });

const fingerprint = ({ certificate }: typeof ACME) =>
  new X509Certificate(Buffer.from(AsnConvert.serialize(certificate))).fingerprint256
    .replaceAll(':', '')
    .toLowerCase();

describe.each(engines)('releasing a signed bundle on %s', (engine) => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await createTestRegistry(engine);
  });
  beforeEach(async () => {
    await registry.clear();
    await registry.put(NAME);
  });
  afterAll(async () => registry.drop());

  async function publish(bundle: Uint8Array) {
    const id = await release(registry, NAME, { payload: PAYLOAD, bundle });
    return settled(registry, NAME, id);
  }

  async function connection() {
    const { body } = await registry.call('GET', '/servers/acme%2Fweather');
    return (body as { connections: { bundleUrl: string; signer?: object }[] }).connections[0];
  }

  it.each([
    ['is self-signed', ACME, {}, { issuer: 'CN=Acme', isSelfSigned: true }, /self-signed, which anybody/],
    [
      'was issued by somebody',
      ISSUED,
      {},
      { issuer: 'CN=Some authority', isSelfSigned: false },
      /who issued the certificate was not checked/,
    ],
    ['is declared as its comment', ACME, { asComment: true }, { isSelfSigned: true }, /fits the bundle/],
  ])(
    'goes live, byte for byte, with the name on its certificate, which %s',
    async (_what, signer, how, shown, words) => {
      const bundle = signBundle(BUNDLE, signer, how);
      const done = await publish(bundle);
      expect(done.logs.find(({ message }) => message.startsWith('Signed by "CN=Acme"'))?.message).toMatch(
        words,
      );
      expect(done.status).toBe('SUCCESS');
      const { bundleUrl, signer: told } = (await connection()) ?? {};
      expect(told).toMatchObject({
        subject: 'CN=Acme',
        validFrom: '2026-01-01T00:00:00.000Z',
        validTo: '2036-01-01T00:00:00.000Z',
        fingerprint: fingerprint(signer),
        isVerified: true,
        ...shown,
      });
      const { pathname, search } = new URL(bundleUrl ?? '');
      const response = await registry.fetch(
        new Request(`http://x${pathname.replace('/registry', '')}${search}`),
      );
      expect(Buffer.from(await response.arrayBuffer()).equals(bundle)).toBe(true);
    },
  );

  it('says so where the signature is made in a way that it cannot check', async () => {
    const done = await publish(signBundle(BUNDLE, ACME, { algorithm: '1.2.840.113549.1.1.10' }));
    expect(done.status).toBe('SUCCESS');
    expect(done.logs.map(({ message }) => message)).toContain(
      'Signed by "CN=Acme", in a way that is not checked here: whether it fits the bundle is not known',
    );
    expect((await connection())?.signer).toMatchObject({ isVerified: false });
  });

  it('tells of no signer once an unsigned one is live', async () => {
    await publish(signBundle(BUNDLE, ACME));
    await publish(BUNDLE);
    expect(await connection()).not.toHaveProperty('signer');
  });

  const changed = makeBundle({ files: { 'more.txt': Buffer.from('put in later') } });
  const signed = signBundle(BUNDLE, ACME);
  it.each<[string, Uint8Array, RegExp]>([
    [
      'was changed after it was signed',
      Buffer.concat([changed, signed.subarray(BUNDLE.length)]),
      /made for other bytes/,
    ],
    ['was signed for another one', signBundle(BUNDLE, ACME, { over: changed }), /made for other bytes/],
    [
      'shows the certificate of another',
      signBundle(BUNDLE, ACME, { shown: OTHER.certificate }),
      /not made with the key of the certificate/,
    ],
    [
      'shows a certificate with a key of another kind',
      signBundle(BUNDLE, ACME, { shown: ISSUED.certificate }),
      /not made with the key of the certificate/,
    ],
    [
      'has something else than a signature where one should be',
      Buffer.concat([BUNDLE, signatureBlock(Buffer.from('trust me'))]),
      /cannot be read as a PKCS#7 signature/,
    ],
    [
      'has a signature as deep as the stack',
      Buffer.concat([BUNDLE, signatureBlock(Buffer.alloc(60_000, Buffer.from([0x30, 0x80])))]),
      /cannot be read as a PKCS#7 signature/,
    ],
    [
      'has nothing in its signature',
      Buffer.concat([BUNDLE, signatureBlock(Buffer.alloc(0))]),
      /cannot be read/,
    ],
    ['goes on behind its signature', Buffer.concat([signed, Buffer.from('\n')]), /damaged or unsafe/],
    ['goes on with something else', Buffer.concat([BUNDLE, Buffer.from('MCPB_SIG_V1')]), /damaged or unsafe/],
    [
      'says a wrong length of its signature',
      Buffer.concat([BUNDLE, Buffer.from('MCPB_SIG_V1\x09\0\0\0trust me'), Buffer.from('MCPB_SIG_END')]),
      /damaged or unsafe/,
    ],
    [
      'has a signature larger than ZIP readers look',
      Buffer.concat([BUNDLE, signatureBlock(Buffer.alloc(70_000))]),
      /damaged or unsafe/,
    ],
    ['is signed twice', signBundle(signed, OTHER), /damaged or unsafe/],
  ])('fails where it %s', async (_what, bundle, message) => {
    const failed = await publish(bundle);
    const last = failed.logs.at(-1);
    expect([failed.status, last?.stage, last?.message]).toEqual([
      'FAILURE_SCAN',
      'scan',
      expect.stringMatching(message),
    ]);
    expect(await connection()).toBeUndefined();
    expect(registry.failures).toEqual([]);
  });
});
