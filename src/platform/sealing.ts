import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Keeps what must stay secret unreadable at rest. */
export interface Vault {
  /** Seals text for one place, e.g. a row's id; it opens only there. Base64url. */
  seal(text: string, place: string): string;
  /** The text, or undefined where it was sealed with another secret, for another place, or altered. */
  open(sealed: string, place: string): string | undefined;
  /** Tells texts apart without holding them: hex, the same for the same text under the same secret. */
  print(text: string): string;
}

/** A vault for one kind of things, as `registry keys`: what one seals, another cannot open. `secret` has 32 bytes. */
export function createVault(secret: Uint8Array, kind: string): Vault {
  const sealingKey = deriveKey(secret, `touchmark sealed ${kind}`);
  const printingKey = deriveKey(secret, `touchmark prints of ${kind}`);
  return {
    seal(text, place) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', sealingKey, nonce).setAAD(Buffer.from(place));
      const sealed = [nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()];
      return Buffer.concat(sealed).toString('base64url');
    },
    open(sealed, place) {
      const bytes = Buffer.from(sealed, 'base64url');
      try {
        const decipher = createDecipheriv('aes-256-gcm', sealingKey, bytes.subarray(0, NONCE_BYTES), {
          authTagLength: TAG_BYTES,
        });
        decipher.setAAD(Buffer.from(place)).setAuthTag(bytes.subarray(-TAG_BYTES));
        const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
        return Buffer.concat([text, decipher.final()]).toString('utf8');
      } catch {
        return undefined;
      }
    },
    print: (text) => createHmac('sha256', printingKey).update(text).digest('hex'),
  };
}

/** Tells a secret from others without holding it, in hex. */
export function fingerprint(secret: Uint8Array): string {
  return Buffer.from(deriveKey(secret, 'touchmark fingerprint')).toString('hex');
}

/** 256 random bits, base64url. */
export function randomToken(): string {
  return randomBytes(32).toString('base64url');
}

/** SHA-256 in hex: enough for tokens of 256 random bits. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** Compares two hashes without telling by its time where they differ. */
export function sameHash(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

/** A key of 32 bytes for one purpose, from which neither the secret nor another purpose's key can be told. */
export function deriveKey(secret: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(), purpose, 32));
}
