import { CopyButton } from '#web/ui/copy-button.tsx';
import { KEY_VARIABLE } from './client-configs.ts';
import styles from './connect-panel.module.css';

const LABEL = 'If the server wants its own Authorization';
const HEADERS = JSON.stringify(
  { headers: { 'X-Touchmark-Key': `\${${KEY_VARIABLE}}`, Authorization: 'Bearer ${SERVER_KEY}' } },
  null,
  2,
);

/** How a server is called that reads `Authorization` itself: by its callers, or for all of them by its owner. */
export function OwnAuthorization() {
  return (
    <div>
      <h3 className={styles['label']}>{LABEL}</h3>
      <div className={styles['code']}>
        <pre translate="no">{HEADERS}</pre>
        <CopyButton text={HEADERS} label={`Copy: ${LABEL}`} />
      </div>
      <p className={styles['hint']}>
        The key of this registry goes into a header of its own, and Authorization is passed on to the server.
        The server’s owner can spare its callers that: keep the server’s key as a secret, and release with{' '}
        <code>upstreamHeaders</code>, as <code>{'{"Authorization": "Bearer ${secrets.API_TOKEN}"}'}</code>.
      </p>
    </div>
  );
}
