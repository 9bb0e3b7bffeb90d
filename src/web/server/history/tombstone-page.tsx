import { CircleHelp, CircleOff, type LucideIcon, MoveRight } from 'lucide-react';
import { type ReactNode, useEffect } from 'react';
import { Link } from 'react-router';
import type { Tombstone } from '#contract/activity.ts';
import { ActivityOutcome } from '#web/components/activity/activity-outcome.tsx';
import { originWords, personWords } from '#web/components/activity/activity-words.ts';
import { QualifiedName } from '#web/components/server-marks/qualified-name.tsx';
import { isolated } from '#web/lib/isolated-text.ts';
import { paths } from '#web/lib/paths.ts';
import { Badge, type Tone } from '#web/ui/badge.tsx';
import { RequestId } from '#web/ui/messages/request-id.tsx';
import { PageHeader } from '#web/ui/page-header.tsx';
import { Panel } from '#web/ui/panel.tsx';
import { formatExactTime } from '#web/ui/time/time-format.ts';
import { ExactTime } from '#web/ui/time/exact-time.tsx';
import { HistoryPanel } from './history-panel.tsx';
import styles from './tombstone-page.module.css';
import { stateOfTombstone, wentWords } from './tombstone-words.ts';
import { WaysOn } from './ways-on.tsx';

interface TombstonePageProps {
  qualifiedName: string;
  /** Undefined where nothing is known yet but that it was deleted. */
  tombstone: Tombstone | undefined;
  /** How this page came to show it, where it showed the server before. */
  children?: ReactNode;
}

/** Stands at the address of a server that is gone: who ended it, when, and what went with it. */
export function TombstonePage({ qualifiedName, tombstone, children }: TombstonePageProps) {
  const wasThere = children !== undefined;
  // What had the focus is gone without the person's doing; the new heading says why.
  useEffect(() => {
    if (wasThere) document.querySelector<HTMLElement>('main h1')?.focus();
  }, [wasThere]);
  const { word, tone, icon } = looks[stateOfTombstone(tombstone)];
  return (
    <div className={styles['page']}>
      <title>{`${isolated(qualifiedName)} · ${word} · Touchmark`}</title>
      <PageHeader
        title={<QualifiedName name={qualifiedName} className={styles['name']} />}
        detail={
          <span className={styles['detail']}>
            <Badge tone={tone} icon={icon}>
              {word}
            </Badge>
            {tombstone?.displayName && tombstone.displayName !== qualifiedName && (
              <bdi>{tombstone.displayName}</bdi>
            )}
          </span>
        }
        actions={
          // Above where rows of the list will be: none lies under the pointer that leads there.
          <WaysOn />
        }
      />
      {children !== undefined && <div>{children}</div>}
      {tombstone !== undefined && <EndPanel tombstone={tombstone} />}
      <HistoryPanel qualifiedName={qualifiedName} serverId={null} />
    </div>
  );
}

const looks: Readonly<
  Record<ReturnType<typeof stateOfTombstone>, { word: string; tone: Tone; icon: LucideIcon }>
> = {
  deleted: { word: 'Deleted', tone: 'neutral', icon: CircleOff },
  moved: { word: 'Moved', tone: 'warning', icon: MoveRight },
  'not-there': { word: 'Not there', tone: 'neutral', icon: CircleOff },
  unknown: { word: 'Outcome not known', tone: 'warning', icon: CircleHelp },
};

function EndPanel({ tombstone }: { tombstone: Tombstone }) {
  const { entry, went, heldUntil, movedTo, id } = tombstone;
  const person = entry === null ? undefined : personWords(entry);
  return (
    <Panel title="How it ended">
      <dl className={styles['facts']}>
        {entry !== null && (
          <Fact label="Outcome">
            <ActivityOutcome entry={entry} />
          </Fact>
        )}
        <Fact label="When">{entry === null ? 'not known' : <ExactTime time={entry.at} />}</Fact>
        <Fact label="By">
          {person === undefined ? (
            'Who it was is not known'
          ) : (
            <>
              <bdi>{person.name}</bdi>
              {person.key !== undefined && (
                <>
                  , <bdi>{person.key}</bdi>
                </>
              )}
            </>
          )}
        </Fact>
        {entry !== null && (
          <Fact label="From">
            {originWords(entry)}, <bdi>{entry.product ?? 'program not named'}</bdi>
          </Fact>
        )}
        {movedTo !== null && (
          <Fact label="Moved to">
            <Link to={paths.server(movedTo)}>
              <QualifiedName name={movedTo} className={styles['name']} />
            </Link>
          </Fact>
        )}
        <Fact label="What went with it">{went === null ? 'not known' : wentWords(went)}</Fact>
        <Fact label="The name">
          {heldUntil === null
            ? 'Whether it is held for its former owner is not known'
            : `Held for its former owner until ${formatExactTime(heldUntil)}`}
        </Fact>
        {id !== null && (
          <Fact label="Server id">
            <span className={styles['name']}>{id}</span>
          </Fact>
        )}
        {entry !== null && entry.requestId !== null && (
          <Fact label="Request">
            <RequestId id={entry.requestId} />
          </Fact>
        )}
      </dl>
    </Panel>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className={styles['fact']}>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}
