import type { BundleSigner } from '#contract/registry-answers.ts';
import { formatExactTime } from '#web/ui/time/time-format.ts';
import styles from './facts-panel.module.css';

/** Who signed the bundle, and how much of that is known. */
export function BundleSignature({ signer }: { signer: BundleSigner }) {
  const { subject, issuer, validFrom, validTo, isSelfSigned, fingerprint, isVerified } = signer;
  return (
    <>
      <p>
        <bdi>{subject}</bdi>
      </p>
      <p className={styles['note']}>
        {isVerified
          ? 'The signature fits the bundle. '
          : 'Whether the signature fits the bundle could not be checked. '}
        {isSelfSigned ? (
          'The certificate is self-signed: anybody can make one under this name.'
        ) : (
          <>
            The certificate names <bdi>{issuer}</bdi> as its issuer, which was not checked.
          </>
        )}
      </p>
      <p className={styles['note']}>
        {validityWords(validFrom, validTo)}. SHA-256 of the certificate:{' '}
        <span className={styles['names']}>{fingerprint}</span>
      </p>
    </>
  );
}

function validityWords(from: string, to: string): string {
  const now = new Date().toISOString();
  if (to < now) return `The certificate expired on ${formatExactTime(to)}`;
  if (from > now) return `The certificate is valid only from ${formatExactTime(from)} on`;
  return `The certificate is valid until ${formatExactTime(to)}`;
}
