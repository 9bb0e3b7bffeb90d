import { useQuery } from '@tanstack/react-query';
import type { ServerDetail } from '#contract/registry-answers.ts';
import { sessionQuery } from '#web/api/session.ts';
import { CopyButton } from '#web/ui/copy-button.tsx';
import { Panel } from '#web/ui/panel.tsx';
import { connectOptions, mcpUrl, needsKey } from './connect-options.ts';
import styles from './connect-panel.module.css';
import { OwnAuthorization } from './own-authorization.tsx';

/** How people use the server, each way ready to copy. */
export function ConnectPanel({ server }: { server: ServerDetail }) {
  const { data: session } = useQuery(sessionQuery());
  const registryUrl = session?.registry.url;
  const options = connectOptions(server, registryUrl);
  const url = mcpUrl(server);
  // A bundle is only fetched from there.
  const isCalledHere = session?.registry.embedded === true && url !== undefined && needsKey(url, registryUrl);
  const isGuarded = options.some(({ text }) => needsKey(text, registryUrl));
  return (
    <Panel title="Connect">
      {options.length === 0 && (
        <p className={styles['none']}>
          {server.connections?.length === 0
            ? 'Nothing to connect to yet. A successful release gives the server an address.'
            : 'Unknown. The registry tells no address that could be used.'}
        </p>
      )}
      {isGuarded && (
        <p className={styles['note']}>
          Whoever uses it needs a key or a service token of this registry.
          {isCalledHere &&
            ' A client that can ask for access needs neither: give it the address alone, and it opens this desk in your browser.'}
        </p>
      )}
      <div className={styles['options']}>
        {options.map(({ label, text }) => (
          <div key={label}>
            <h3 className={styles['label']}>{label}</h3>
            <div className={styles['code']}>
              <pre>{text}</pre>
              <CopyButton text={text} label={`Copy: ${label}`} />
            </div>
          </div>
        ))}
        {isCalledHere && <OwnAuthorization />}
      </div>
    </Panel>
  );
}
