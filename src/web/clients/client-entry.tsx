import { useRef, useState } from 'react';
import { Link } from 'react-router';
import type { ConnectedClient } from '#contract/connected-clients.ts';
import { ClientBadge } from '#web/components/who/client-badge.tsx';
import { clientName, redirectWords } from '#web/components/who/client-words.ts';
import { QualifiedName } from '#web/components/server-marks/qualified-name.tsx';
import { paths } from '#web/lib/paths.ts';
import { Button } from '#web/ui/button.tsx';
import { ExactTime } from '#web/ui/time/exact-time.tsx';
import styles from './clients-page.module.css';
import { EndClientDialog } from './end-client-dialog.tsx';

/** One client: its servers, since when, its last call, and how to end its access. */
export function ClientEntry({ connected }: { connected: ConnectedClient }) {
  const [isAsking, setAsking] = useState(false);
  const returnFocus = useRef<HTMLElement>(null);
  const { client, servers, allowedAt, usedAt } = connected;
  const name = clientName(client);
  return (
    <li className={styles['entry']}>
      <div className={styles['words']}>
        <div className={styles['head']}>
          <h2 className={styles['name']}>
            <bdi>{name}</bdi>
          </h2>
          <ClientBadge client={client} />
        </div>
        <p className={styles['allowed']}>
          {servers.length === 0
            ? 'Its servers are gone: it can call nothing.'
            : servers.map((server) => (
                <Link key={server} to={paths.server(server)}>
                  <QualifiedName name={server} />
                </Link>
              ))}
        </p>
        <p className={styles['trace']}>
          <span>
            Allowed <ExactTime time={allowedAt} />
          </span>
          <span>{usedAt === null ? 'Not used yet' : <LastCall time={usedAt} />}</span>
          <bdi>{redirectWords(client)}</bdi>
        </p>
      </div>
      <Button
        variant="danger-outline"
        size="sm"
        onClick={({ currentTarget }) => {
          returnFocus.current = currentTarget;
          setAsking(true);
        }}
      >
        End access
        <span className="visually-hidden"> of {name}</span>
      </Button>
      {isAsking && (
        <EndClientDialog
          connected={connected}
          onClose={() => setAsking(false)}
          onEnded={() => {
            // The row, and the button in it, are about to go.
            returnFocus.current = document.querySelector<HTMLElement>('main h1');
            setAsking(false);
          }}
          returnFocus={returnFocus}
        />
      )}
    </li>
  );
}

function LastCall({ time }: { time: string }) {
  return (
    <>
      Last call <ExactTime time={time} />
    </>
  );
}
