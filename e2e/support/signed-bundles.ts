import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import {
  Attribute,
  CertificateChoices,
  CertificateSet,
  CMSVersion,
  ContentInfo,
  DigestAlgorithmIdentifier,
  DigestAlgorithmIdentifiers,
  EncapsulatedContentInfo,
  id_data,
  id_signedData,
  IssuerAndSerialNumber,
  SignatureAlgorithmIdentifier,
  SignedData,
  SignerIdentifier,
  SignerInfo,
  SignerInfos,
} from '@peculiar/asn1-cms';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  Certificate,
  Name,
  RelativeDistinguishedName,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from '@peculiar/asn1-x509';

const SHA256 = '2.16.840.1.101.3.4.2.1';
const RSA = { signature: '1.2.840.113549.1.1.1', certificate: '1.2.840.113549.1.1.11' };
const EC = { signature: '1.2.840.10045.4.3.2', certificate: '1.2.840.10045.4.3.2' };
const MESSAGE_DIGEST = '1.2.840.113549.1.9.4';
const COMMENT_LENGTH_AT = -2;

/** Who signs in a test: a key and its certificate. */
export interface TestSigner {
  certificate: Certificate;
  key: KeyObject;
  algorithms: typeof RSA;
}

/** Makes a signer with a new key, self-signed or issued by another. */
export function makeSigner(
  name: string,
  { kind = 'rsa', issuer }: { kind?: 'rsa' | 'ec'; issuer?: { name: string; signer: TestSigner } } = {},
): TestSigner {
  const { privateKey, publicKey } =
    kind === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithms = kind === 'rsa' ? RSA : EC;
  const issuing = issuer?.signer ?? { key: privateKey, algorithms };
  // RSA alone has parameters, which are null. RFC 4055, 5; RFC 5758, 3.2.
  const signatureAlgorithm = new AlgorithmIdentifier({
    algorithm: issuing.algorithms.certificate,
    ...(issuing.algorithms === RSA ? { parameters: null } : {}),
  });
  const tbsCertificate = new TBSCertificate({
    version: Version.v3,
    serialNumber: bufferOf(createHash('sha1').update(name).digest().subarray(1, 9)),
    signature: signatureAlgorithm,
    issuer: nameOf(issuer?.name ?? name),
    validity: new Validity({ notBefore: new Date('2026-01-01'), notAfter: new Date('2036-01-01') }),
    subject: nameOf(name),
    subjectPublicKeyInfo: AsnConvert.parse(
      publicKey.export({ type: 'spki', format: 'der' }),
      SubjectPublicKeyInfo,
    ),
  });
  const signatureValue = sign('sha256', Buffer.from(AsnConvert.serialize(tbsCertificate)), issuing.key);
  const certificate = new Certificate({
    tbsCertificate,
    signatureAlgorithm,
    signatureValue: bufferOf(signatureValue),
  });
  return { certificate, key: privateKey, algorithms };
}

interface Signing {
  /** What is signed, where it is not the bundle. */
  over?: Uint8Array;
  /** Whose certificate goes along, where it is not the signer's. */
  shown?: Certificate;
  /** Another algorithm than the one that was used is named. */
  algorithm?: string;
  /** Says in the ZIP file, after it was signed, that the signature is its comment, as newer packers do. */
  asComment?: boolean;
}

/** The bundle with a signature behind it, as `mcpb sign` writes it. */
export function signBundle(
  bundle: Uint8Array,
  { certificate, key, algorithms }: TestSigner,
  { over = bundle, shown = certificate, algorithm = algorithms.signature, asComment = false }: Signing = {},
): Uint8Array {
  const { serialNumber, issuer } = shown.tbsCertificate;
  const digestAlgorithm = new DigestAlgorithmIdentifier({ algorithm: SHA256 });
  const told = AsnConvert.serialize(new OctetString(createHash('sha256').update(over).digest()));
  const info = new SignerInfo({
    version: CMSVersion.v1,
    sid: new SignerIdentifier({ issuerAndSerialNumber: new IssuerAndSerialNumber({ issuer, serialNumber }) }),
    digestAlgorithm,
    signedAttrs: [new Attribute({ attrType: MESSAGE_DIGEST, attrValues: [told] })],
    signatureAlgorithm: new SignatureAlgorithmIdentifier({ algorithm }),
  });
  // They are signed as a set, and fit the short form of its length.
  const attributes = Buffer.concat(
    (info.signedAttrs ?? []).map((one) => Buffer.from(AsnConvert.serialize(one))),
  );
  const set = Buffer.concat([Buffer.from([0x31, attributes.length]), attributes]);
  info.signature = new OctetString(sign('sha256', set, key));
  const content = new SignedData({
    version: CMSVersion.v1,
    digestAlgorithms: new DigestAlgorithmIdentifiers([digestAlgorithm]),
    encapContentInfo: new EncapsulatedContentInfo({ eContentType: id_data }),
    certificates: new CertificateSet([new CertificateChoices({ certificate: shown })]),
    signerInfos: new SignerInfos([info]),
  });
  const message = new ContentInfo({ contentType: id_signedData, content: AsnConvert.serialize(content) });
  const block = signatureBlock(Buffer.from(AsnConvert.serialize(message)));
  const zip = Buffer.from(bundle);
  if (asComment) zip.writeUInt16LE(block.length, zip.length + COMMENT_LENGTH_AT);
  return Buffer.concat([zip, block]);
}

/** What stands behind a bundle with this signature. */
export function signatureBlock(signature: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(signature.length);
  return Buffer.concat([Buffer.from('MCPB_SIG_V1'), length, signature, Buffer.from('MCPB_SIG_END')]);
}

function nameOf(name: string): Name {
  const value = new AttributeValue({ utf8String: name });
  return new Name([new RelativeDistinguishedName([new AttributeTypeAndValue({ type: '2.5.4.3', value })])]);
}

function bufferOf(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
