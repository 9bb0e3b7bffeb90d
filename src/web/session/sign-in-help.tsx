import { ExternalLink } from '#web/ui/external-link.tsx';
import styles from './sign-in-help.module.css';

/** Where a key comes from. */
export function SignInHelp() {
  return (
    <dl className={styles['help']}>
      <div>
        <dt>With Touchmark’s own registry</dt>
        <dd>
          Open the sign-in link that Touchmark printed when it started, or use the owner key (
          <code>tm_…</code>) from its very first start.
        </dd>
      </div>
      <div>
        <dt>With Smithery</dt>
        <dd>
          Create a key at{' '}
          <ExternalLink href="https://smithery.ai/account/api-keys">
            smithery.ai/account/api-keys
          </ExternalLink>
          .
        </dd>
      </div>
      <div>
        <dt>Where the key goes</dt>
        <dd>It is sealed on the Touchmark server for this session. This browser never keeps it.</dd>
      </div>
    </dl>
  );
}
