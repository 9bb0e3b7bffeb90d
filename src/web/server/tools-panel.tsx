import { useState } from 'react';
import type { Tool } from '#contract/registry-answers.ts';
import { formatCount, formatNumber } from '#web/lib/format.ts';
import { Button } from '#web/ui/button.tsx';
import { Panel } from '#web/ui/panel.tsx';
import { type ToolParameter, toolParameters } from './tool-arguments.ts';
import styles from './tools-panel.module.css';

const FOLD_AFTER = 8;

interface ToolsPanelProps {
  /** Null where they are unknown. */
  tools: readonly Tool[] | null;
  /** How many there are, with those that could not be read. */
  count: number | null;
}

/** The tools that the registry's scan found. */
export function ToolsPanel({ tools, count }: ToolsPanelProps) {
  const [unfolded, setUnfolded] = useState(false);
  const shown = unfolded ? tools : tools?.slice(0, FOLD_AFTER);
  return (
    <Panel title={count === null ? 'Tools' : `Tools (${formatNumber(count)})`}>
      {tools === null && (
        <p className={styles['none']}>Unknown. The registry does not tell this server’s tools.</p>
      )}
      {tools?.length === 0 && <p className={styles['none']}>This server offers no tools.</p>}
      <ul className={styles['tools']}>
        {shown?.map((tool) => (
          <li key={tool.name} className={styles['tool']}>
            <h3 className={styles['name']}>
              <bdi>{tool.name}</bdi>
            </h3>
            {tool.description !== null && (
              <p className={styles['description']}>
                <bdi>{tool.description}</bdi>
              </p>
            )}
            <Parameters parameters={tool.inputSchema && toolParameters(tool.inputSchema)} />
          </li>
        ))}
      </ul>
      {tools !== null && tools.length > FOLD_AFTER && (
        <Button size="sm" onClick={() => setUnfolded(!unfolded)} aria-expanded={unfolded}>
          {unfolded ? `Show the first ${FOLD_AFTER}` : `Show all ${formatCount(tools.length, 'tool')}`}
        </Button>
      )}
    </Panel>
  );
}

function Parameters({ parameters }: { parameters: readonly ToolParameter[] | null }) {
  if (parameters === null) return <p className={styles['none']}>Parameters unknown</p>;
  if (parameters.length === 0) return <p className={styles['none']}>No parameters</p>;
  return (
    <details className={styles['parameters']}>
      <summary>{formatCount(parameters.length, 'parameter')}</summary>
      <dl>
        {parameters.map(({ name, type, required, description }) => (
          <div key={name} className={styles['parameter']}>
            <dt>
              <code>
                <bdi>{name}</bdi>
              </code>{' '}
              <span className={styles['type']}>
                <span dir="ltr">{type}</span>
                {required && ', required'}
              </span>
            </dt>
            {description !== undefined && (
              <dd>
                <bdi>{description}</bdi>
              </dd>
            )}
          </div>
        ))}
      </dl>
    </details>
  );
}
