import { createHash, verify, X509Certificate } from 'node:crypto';
import {
  ContentInfo,
  id_signedData,
  type CertificateChoices,
  type IssuerAndSerialNumber,
  SignedData,
  type SignerInfo,
} from '@peculiar/asn1-cms';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import type { OpenBlob } from '#registry/files/blob-store.ts';

const READ_BYTES = 256 * 1024;
const MAX_NAME = 300;
const MESSAGE_DIGEST = '1.2.840.113549.1.9.4';

const DIGESTS: Record<string, string> = {
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};
/** What a signature is made over; null: the digest that the signer names. */
const SIGNATURES: Record<string, string | null> = {
  '1.2.840.113549.1.1.1': null,
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
};

/** Who signed a bundle, as the certificate in it says. Who issued that is not checked. */
export interface Signer {
  /** The whole name, as `CN=Acme, O=Acme Inc.`. */
  subject: string;
  issuer: string;
  /** ISO 8601. */
  validFrom: string;
  validTo: string;
  /** Whether the certificate was issued by its own key. */
  isSelfSigned: boolean;
  /** SHA-256 of the certificate, in hex: what tells it from another with the same names. */
  fingerprint: string;
  /** Whether the signature was made with the certificate's key over the bundle as it is; false: it could not be checked. */
  isVerified: boolean;
}

/** Why a signature is not taken; the message is for the person who sent the bundle. */
export class BadSignature extends Error {
  override name = 'BadSignature';
}

/**
 * Who signed these bytes. Rejects with BadSignature where the signature cannot be read, or was made for other bytes or with
 * another key. One that uses what is not checked here is not verified, and its signer says so.
 */
export async function readSigner(content: OpenBlob, signature: Uint8Array): Promise<Signer> {
  const { info, certificates } = parse(signature);
  const [certificate] = certificates;
  if (certificate === undefined) throw new BadSignature('it does not hold the certificate of who signed');
  const isVerified = await checkSignature(content, info, certificate);
  return {
    subject: nameLine(certificate.subject),
    issuer: nameLine(certificate.issuer),
    validFrom: new Date(certificate.validFrom).toISOString(),
    validTo: new Date(certificate.validTo).toISOString(),
    isSelfSigned: certificate.checkIssued(certificate) && isSignedByItself(certificate),
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    isVerified,
  };
}

function parse(signature: Uint8Array): { info: SignerInfo; certificates: X509Certificate[] } {
  try {
    const outer = AsnConvert.parse(signature, ContentInfo);
    if (outer.contentType !== id_signedData) throw new BadSignature('it is no PKCS#7 signature');
    const { signerInfos, certificates } = AsnConvert.parse(outer.content, SignedData);
    const [info] = signerInfos;
    if (info === undefined || signerInfos.length !== 1) {
      throw new BadSignature('it must be of one signer');
    }
    const { issuerAndSerialNumber: wanted } = info.sid;
    return {
      info,
      certificates: [...(certificates ?? [])].flatMap((choice) => certificateOf(choice, wanted)),
    };
  } catch (error) {
    if (error instanceof BadSignature) throw error;
    throw new BadSignature('it cannot be read as a PKCS#7 signature', { cause: error });
  }
}

function certificateOf(
  { certificate }: CertificateChoices,
  wanted: IssuerAndSerialNumber | undefined,
): X509Certificate[] {
  if (certificate === undefined) return [];
  const { serialNumber, issuer } = certificate.tbsCertificate;
  const isWanted =
    wanted === undefined ||
    (Buffer.from(serialNumber).equals(Buffer.from(wanted.serialNumber)) &&
      Buffer.from(AsnConvert.serialize(issuer)).equals(Buffer.from(AsnConvert.serialize(wanted.issuer))));
  return isWanted ? [new X509Certificate(Buffer.from(AsnConvert.serialize(certificate)))] : [];
}

async function checkSignature(
  content: OpenBlob,
  { digestAlgorithm, signatureAlgorithm, signedAttrs, signature }: SignerInfo,
  certificate: X509Certificate,
): Promise<boolean> {
  const digest = DIGESTS[digestAlgorithm.algorithm];
  const signedWith = SIGNATURES[signatureAlgorithm.algorithm];
  if (digest === undefined || signedWith === undefined || signedAttrs === undefined) return false;
  const told = signedAttrs.find(({ attrType }) => attrType === MESSAGE_DIGEST)?.attrValues[0];
  if (told === undefined) throw new BadSignature('it does not say what it was made for');
  if (!(await hashOf(content, digest)).equals(digestIn(told))) {
    throw new BadSignature('it was made for other bytes: the bundle was changed after it was signed');
  }
  const signed = encodeSet(signedAttrs.map((attribute) => Buffer.from(AsnConvert.serialize(attribute))));
  if (!isSignedBy(certificate, signedWith ?? digest, signed, Buffer.from(signature.buffer))) {
    throw new BadSignature('it was not made with the key of the certificate that came with it');
  }
  return true;
}

// What is signed is the set of attributes, by the tag of a set: the message itself has another in its place. RFC 5652, 5.4.
function encodeSet(items: readonly Buffer[]): Buffer {
  const SET = 0x31;
  const content = Buffer.concat(items);
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([SET, length]), content]);
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(length);
  const needed = bytes.subarray(bytes.findIndex((byte) => byte !== 0));
  return Buffer.concat([Buffer.from([SET, 0x80 | needed.length]), needed, content]);
}

function digestIn(value: ArrayBuffer): Buffer {
  try {
    return Buffer.from(AsnConvert.parse(value, OctetString).buffer);
  } catch (error) {
    throw new BadSignature('it does not say what it was made for', { cause: error });
  }
}

function isSignedBy(
  certificate: X509Certificate,
  digest: string,
  attributes: Buffer,
  signature: Buffer,
): boolean {
  try {
    return verify(digest, attributes, certificate.publicKey, signature);
  } catch {
    // A key of another kind than the signature says.
    return false;
  }
}

function isSignedByItself(certificate: X509Certificate): boolean {
  try {
    return certificate.verify(certificate.publicKey);
  } catch {
    // A key of a kind that is not known here.
    return false;
  }
}

async function hashOf(content: OpenBlob, digest: string): Promise<Buffer> {
  const hash = createHash(digest);
  for (let position = 0; position < content.size;) {
    const bytes = await content.read(position, READ_BYTES);
    if (bytes.length === 0) break;
    hash.update(bytes);
    position += bytes.length;
  }
  return hash.digest();
}

// Node writes a line for each part of a name.
function nameLine(name: string): string {
  const line = name.trim().split('\n').join(', ').replaceAll(/\p{C}/gu, '?');
  return line.length > MAX_NAME ? `${line.slice(0, MAX_NAME)}…` : line;
}
