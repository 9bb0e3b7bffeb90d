import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { ServerDetail } from '#contract/registry-answers.ts';
import { sessionQuery } from '#web/api/session.ts';
import { CopyButton } from '#web/ui/copy-button.tsx';
import { ChipGroup } from '#web/ui/fields/chip-group.tsx';
import { Panel } from '#web/ui/panel.tsx';
import { type ConnectOption, connectOptions, needsKey } from './connect-options.ts';
import { connectionsOf } from './connection.ts';
import styles from './connect-panel.module.css';
import { OwnAuthorization } from './own-authorization.tsx';

/** How people use the server, each way ready to copy. */
export function ConnectPanel({ server }: { server: ServerDetail }) {
  const { data: session } = useQuery(sessionQuery());
  const registry = session?.registry;
  const options = connectOptions(server, registry?.url);
  const connections = connectionsOf(server);
  const address = connections.find(({ kind }) => kind === 'address');
  // A bundle is only fetched from there.
  const isCalledHere =
    registry?.embedded === true && address !== undefined && needsKey(address.url, registry.url);
  const isGuarded = connections.some(({ url }) => needsKey(url, registry?.url));
  const clients = options.filter(({ client }) => client !== undefined);
  return (
    <Panel title="Connect">
      {options.length === 0 && (
        <p className={styles['none']}>Unknown. The registry tells no address that could be used.</p>
      )}
      <div className={styles['notes']}>
        {isCalledHere && (
          <p>Calls go through this registry, which passes them on to the server’s own host.</p>
        )}
        {address?.kind === 'address' && address.transport === 'sse' && (
          <p>
            It speaks the older SSE transport alone: clients have to be told so, and one that knows only the
            newer needs a bridge.
          </p>
        )}
        {isGuarded && (
          <p>
            Whoever uses it needs a key or a service token of this registry.
            {isCalledHere &&
              ' A client that can ask for access needs neither: give it the address alone, and it opens this desk in your browser.'}
          </p>
        )}
      </div>
      <div className={styles['options']}>
        {options
          .filter(({ client }) => client === undefined)
          .map((option) => (
            <Option key={option.label} {...option} />
          ))}
        {clients.length > 0 && <Clients options={clients} />}
        {connections.some(({ kind }) => kind === 'bundle') && <BundleHelp />}
        {isCalledHere && <OwnAuthorization />}
      </div>
    </Panel>
  );
}

function Option({ label, text }: ConnectOption) {
  return (
    <div>
      <h3 className={styles['label']}>{label}</h3>
      <Code text={text} label={label} />
    </div>
  );
}

function Code({ text, label }: { text: string; label: string }) {
  return (
    <div className={styles['code']}>
      <pre translate="no">{text}</pre>
      <CopyButton text={text} label={`Copy: ${label}`} />
    </div>
  );
}

/** The text for one client, and a choice among them. */
function Clients({ options }: { options: readonly ConnectOption[] }) {
  const [chosen, setChosen] = useState(options[0]?.label ?? '');
  const option = options.find(({ label }) => label === chosen) ?? options[0];
  if (option === undefined) return null;
  return (
    <div>
      <h3 className={styles['label']}>In a client</h3>
      <div className={styles['choice']}>
        <ChipGroup
          label="Client"
          options={options.map(({ label }) => ({
            value: label,
            words: label === 'Client configuration' ? 'JSON' : label,
          }))}
          value={option.label}
          onChange={setChosen}
        />
      </div>
      <Code text={option.text} label={option.label} />
      <p className={styles['hint']}>
        {option.client?.place} {option.client?.key}
      </p>
    </div>
  );
}

function BundleHelp() {
  return (
    <p className={styles['none']}>
      A bundle runs on the machine of whoever installs it. Claude Desktop installs the file when it is opened
      (or in Settings, Extensions). For other clients unpack it, as it is a ZIP file, and have them start what{' '}
      <code>server.mcp_config</code> in its <code>manifest.json</code> says.
    </p>
  );
}
