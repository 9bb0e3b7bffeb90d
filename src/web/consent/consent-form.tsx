import { useMutation } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { Link } from 'react-router';
import { MAX_CHOICES, type ClientAnswer, type ClientRequest } from '#contract/connected-clients.ts';
import { answerClientMutation } from '#web/api/clients.ts';
import { ClientBadge } from '#web/components/who/client-badge.tsx';
import { clientName, redirectWords } from '#web/components/who/client-words.ts';
import { FailureNotice } from '#web/components/outcomes/failure-notice.tsx';
import { QualifiedName } from '#web/components/server-marks/qualified-name.tsx';
import { paths } from '#web/lib/paths.ts';
import { Button } from '#web/ui/button.tsx';
import { Notice } from '#web/ui/messages/notice.tsx';
import { goToClient } from './go-to-client.ts';
import styles from './consent-page.module.css';

interface ConsentFormProps {
  id: string;
  request: ClientRequest;
}

/** Who asks, for which servers, what it may do and until when; then the owner's answer, and the way back to the client. */
export function ConsentForm({ id, request }: ConsentFormProps) {
  const { client, account, servers, isChoice } = request;
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [isMissing, setMissing] = useState(false);
  const { mutate, isPending, isSuccess, error, variables } = useMutation(answerClientMutation(id));
  const name = clientName(client);

  const answer = (given: ClientAnswer) =>
    mutate(given, { onSuccess: ({ redirectTo }) => goToClient(redirectTo) });
  const allow = () => {
    setMissing(isChoice && chosen.length === 0);
    if (!isChoice || chosen.length > 0) answer({ allow: true, servers: isChoice ? [...chosen] : [] });
  };

  if (isSuccess) return <Answered name={name} isAllowed={variables.allow} />;
  return (
    <>
      <h1 className={styles['title']} tabIndex={-1}>
        Allow <bdi>{name}</bdi> to call{' '}
        {isChoice ? 'your servers' : <QualifiedName name={servers[0] ?? ''} />}?
      </h1>
      <dl className={styles['facts']}>
        <div>
          <dt>Client</dt>
          <dd className={styles['client']}>
            <bdi>{name}</bdi> <ClientBadge client={client} />
          </dd>
        </div>
        <div>
          <dt>The answer goes to</dt>
          <dd>
            <bdi>{redirectWords(client)}</bdi>
          </dd>
        </div>
        <div>
          <dt>{isChoice ? 'Servers to allow' : 'Server'}</dt>
          <dd>
            {isChoice ? (
              <Choices servers={servers} chosen={chosen} onChange={setChosen} isMissing={isMissing} />
            ) : (
              <QualifiedName name={servers[0] ?? ''} className={styles['name']} />
            )}
          </dd>
        </div>
        <div>
          <dt>It may</dt>
          <dd>
            Use {isChoice ? 'their' : 'its'} tools, resources and prompts in your name. It can change nothing
            in the registry.
          </dd>
        </div>
        <div>
          <dt>Until</dt>
          <dd>You end it under Connected clients, or it was not used for 30 days.</dd>
        </div>
        <div>
          <dt>You are signed in as</dt>
          <dd>
            <bdi>{account}</bdi>
          </dd>
        </div>
      </dl>
      {client.verifiedHost === null && (
        <Notice tone="warning" title="Allow it only if you have just started this yourself">
          Nobody vouches for this client’s name: any program can call itself so.
        </Notice>
      )}
      {error !== null && <FailureNotice title="Your answer was not taken" error={error} />}
      <div className={styles['buttons']}>
        <Button onClick={() => answer({ allow: false })} {...holdOf(isPending, !variables?.allow)}>
          Deny
        </Button>
        <Button variant="primary" onClick={allow} {...holdOf(isPending, variables?.allow)}>
          Allow
        </Button>
      </div>
    </>
  );
}

// While one answer is under way, the other button waits.
function holdOf(isPending: boolean, isThis: boolean | undefined) {
  return isPending && isThis !== true ? { waiting: true as const } : { pending: isPending };
}

interface ChoicesProps {
  servers: readonly string[];
  chosen: readonly string[];
  onChange: (chosen: readonly string[]) => void;
  isMissing: boolean;
}

function Choices({ servers, chosen, onChange, isMissing }: ChoicesProps) {
  const errorId = useId();
  if (servers.length === 0) return <p>You have no server yet, so there is nothing to allow.</p>;
  return (
    <fieldset className={styles['choices']} aria-describedby={isMissing ? errorId : undefined}>
      <legend className="visually-hidden">Servers to allow</legend>
      {servers.length === MAX_CHOICES && (
        <p className={styles['more']}>
          These are the first {MAX_CHOICES}. For another server, give the client that server’s own address.
        </p>
      )}
      {servers.map((server) => (
        <label key={server} className={styles['choice']}>
          <input
            type="checkbox"
            checked={chosen.includes(server)}
            onChange={({ target }) =>
              onChange(target.checked ? [...chosen, server] : chosen.filter((each) => each !== server))
            }
          />
          <QualifiedName name={server} className={styles['name']} />
        </label>
      ))}
      {isMissing && chosen.length === 0 && (
        <p id={errorId} className={styles['missing']} role="alert">
          Pick at least one server, or deny.
        </p>
      )}
    </fieldset>
  );
}

function Answered({ name, isAllowed }: { name: string; isAllowed: boolean }) {
  return (
    <>
      <h1 className={styles['title']} tabIndex={-1}>
        {isAllowed ? 'Allowed' : 'Denied'}
      </h1>
      <p aria-live="polite">
        The answer was handed to <bdi>{name}</bdi>. You can close this page and go back to it.
      </p>
      <p>
        <Link to={paths.clients()}>Connected clients</Link>
      </p>
    </>
  );
}
