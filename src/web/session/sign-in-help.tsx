import { useQuery } from '@tanstack/react-query';
import { registryQuery } from '#web/api/session.ts';
import { ExternalLink } from '#web/ui/external-link.tsx';
import { Skeleton } from '#web/ui/skeleton.tsx';
import styles from './sign-in-help.module.css';

const SMITHERY_HOST = 'api.smithery.ai';

/** Which registry this is, where its key comes from and where the key goes. */
export function SignInHelp() {
  const { data: registry, isPending } = useQuery(registryQuery());
  return (
    <dl className={styles['help']}>
      <div>
        <dt>Registry</dt>
        <dd>{isPending ? <Skeleton width={160} height={14} /> : <bdi>{registry?.name ?? 'Unknown'}</bdi>}</dd>
      </div>
      <div>
        <dt>Where the key comes from</dt>
        <dd className={styles['source']}>
          <KeySource name={registry?.name} embedded={registry?.embedded === true} />
        </dd>
      </div>
      <div>
        <dt>Where the key goes</dt>
        <dd>It is sealed on the Touchmark server for this session. This browser never keeps it.</dd>
      </div>
    </dl>
  );
}

function KeySource({ name, embedded }: { name: string | undefined; embedded: boolean }) {
  if (embedded) {
    return (
      <>
        Open the sign-in link that Touchmark printed when it started, or use the owner key (<code>tm_…</code>)
        from its very first start.
      </>
    );
  }
  if (name === SMITHERY_HOST) {
    return (
      <>
        Create one at{' '}
        <ExternalLink href="https://smithery.ai/account/api-keys">smithery.ai/account/api-keys</ExternalLink>.
      </>
    );
  }
  return <>Whoever runs this registry gives out its keys.</>;
}
