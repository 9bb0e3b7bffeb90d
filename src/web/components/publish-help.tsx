import type { SessionInfo } from '#contract/session.ts';
import { CopyButton } from '#web/ui/copy-button.tsx';
import { ExternalLink } from '#web/ui/external-link.tsx';
import styles from './publish-help.module.css';

interface PublishHelpProps {
  registry: SessionInfo['registry'];
  /** The namespace the new server goes to. */
  namespace: string | undefined;
}

/** How a server gets into the registry: one command, ready to copy. */
export function PublishHelp({ registry, namespace = 'my-namespace' }: PublishHelpProps) {
  const publish = `npx @smithery/cli mcp publish "https://my-server.example.com/mcp" -n ${namespace}/my-server`;
  const command = registry.embedded
    ? [`SMITHERY_BASE_URL=${registry.url}`, 'SMITHERY_API_KEY=$TOUCHMARK_KEY', publish].join(' \\\n  ')
    : publish;
  return (
    <div className={styles['help']}>
      <p>
        Servers are published from a terminal. {registry.embedded && 'Put your API key in TOUCHMARK_KEY. '}
        Change the address and the name, and run:
      </p>
      <div className={styles['command']}>
        <pre className={styles['code']}>
          <code>{command}</code>
        </pre>
        <CopyButton text={command} label="Copy the command" />
      </div>
      <p>
        In place of an address it takes an MCP bundle, as <code>./my-server.mcpb</code>: people download it
        and run it on their own machines.
      </p>
      {!registry.embedded && (
        <p>
          <ExternalLink href="https://smithery.ai/docs/build">How publishing works</ExternalLink>
        </p>
      )}
    </div>
  );
}
