import type { RegistryInfo } from '#contract/session.ts';
import { ExternalLink } from '#web/ui/external-link.tsx';
import { Command } from './command.tsx';
import styles from './publish-help.module.css';
import { registryCommand, SMITHERY } from './registry-command.ts';

type PublishHelpProps = {
  registry: RegistryInfo;
} & (
  | {
      /** The namespace the new server goes to. */
      namespace: string | undefined;
    }
  | {
      /** The server that is released, which is in the registry already. */
      qualifiedName: string;
    }
);

/** How a server gets into the registry, or its first release: one command, ready to copy. */
export function PublishHelp({ registry, ...of }: PublishHelpProps) {
  const isThere = 'qualifiedName' in of;
  const isSmithery = registry.url === SMITHERY;
  const name = isThere ? of.qualifiedName : `${of.namespace ?? 'my-namespace'}/my-server`;
  const change = isThere ? 'Change the address to that of your server' : 'Change the address and the name';
  const publish = `mcp publish "https://my-server.example.com/mcp" -n ${name}`;
  return (
    <div className={styles['help']}>
      <p>
        Servers are published from a terminal. {!isSmithery && 'Put your API key in TOUCHMARK_KEY. '}
        {change}, and run:
      </p>
      <Command text={registryCommand(registry, publish)} />
      <p>
        In place of an address it takes an MCP bundle, as <code>./my-server.mcpb</code>: people download it
        and run it on their own machines.
      </p>
      {isSmithery && (
        <p>
          <ExternalLink href="https://smithery.ai/docs/build">How publishing works</ExternalLink>
        </p>
      )}
    </div>
  );
}
