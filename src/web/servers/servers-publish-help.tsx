import type { SessionInfo } from '#contract/operations.ts';
import { registryPaths } from '#contract/api-paths.ts';
import { CopyButton } from '#web/ui/copy-button.tsx';
import { ExternalLink } from '#web/ui/external-link.tsx';
import styles from './servers-publish-help.module.css';

interface PublishHelpProps {
  registry: SessionInfo['registry'];
  /** The namespace the new server goes to. */
  namespace: string | undefined;
}

/** How a server gets into the registry: one command, ready to copy. */
export function PublishHelp({ registry, namespace = 'my-namespace' }: PublishHelpProps) {
  const command = registry.embedded ? createCommand(registry.url, namespace) : publishCommand(namespace);
  return (
    <div className={styles['help']}>
      <p>
        {registry.embedded
          ? 'Servers are created from a terminal. Put your API key in TOUCHMARK_KEY, change the name, and run:'
          : 'Servers are published from a terminal. Change the address and the name, and run:'}
      </p>
      <div className={styles['command']}>
        <pre className={styles['code']}>
          <code>{command}</code>
        </pre>
        <CopyButton text={command} label="Copy the command" />
      </div>
      {!registry.embedded && (
        <p>
          <ExternalLink href="https://smithery.ai/docs/build">How publishing works</ExternalLink>
        </p>
      )}
    </div>
  );
}

function publishCommand(namespace: string): string {
  return `npx @smithery/cli mcp publish "https://my-server.example.com/mcp" -n ${namespace}/my-server`;
}

function createCommand(registryUrl: string, namespace: string): string {
  return [
    `curl -X PUT ${registryUrl}${registryPaths.server(`${namespace}/my-server`)}`,
    '-H "Authorization: Bearer $TOUCHMARK_KEY"',
    '-H "Content-Type: application/json"',
    `-d '{"displayName": "My server"}'`,
  ].join(' \\\n  ');
}
