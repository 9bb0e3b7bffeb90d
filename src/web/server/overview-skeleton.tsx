import { CONNECT_ID } from '#web/lib/paths.ts';
import { Panel } from '#web/ui/panel.tsx';
import { Skeleton } from '#web/ui/skeleton.tsx';
import styles from './overview.module.css';

/** The page's shape while the server loads: the same panels at the same places. */
export function OverviewSkeleton() {
  return (
    <div className={styles['columns']} aria-busy>
      <span className="visually-hidden">Loading the server</span>
      <div className={styles['column']}>
        <Skeleton width="80%" height={21} />
        <Panel title="Latest release">
          <Skeleton width="100%" height={56} />
        </Panel>
        <div id={CONNECT_ID}>
          <Panel title="Connect">
            <Skeleton width="100%" height={292} />
          </Panel>
        </div>
        <Panel title="Tools">
          <Skeleton width="100%" height={320} />
        </Panel>
      </div>
      <Panel title="Facts">
        <Skeleton width="100%" height={292} />
      </Panel>
    </div>
  );
}
