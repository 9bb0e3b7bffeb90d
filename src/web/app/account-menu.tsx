import { CircleUser } from 'lucide-react';
import { type ReactNode, useId, useState } from 'react';
import type { SessionInfo } from '#contract/session.ts';
import { deskName } from '#web/lib/desk.ts';
import { Button } from '#web/ui/button.tsx';
import { formatExactTime } from '#web/ui/time/time-format.ts';
import styles from './account-menu.module.css';

/** Who is signed in, with which key, where, and until when: behind a button of the header. */
export function AccountMenu({ session }: { session: SessionInfo }) {
  const id = useId();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button variant="ghost" iconOnly aria-label="Account" title="Account" popoverTarget={id}>
        <CircleUser size={16} aria-hidden />
      </Button>
      {/* The browser's own: it closes by Escape and by a press elsewhere, and writes no styles. */}
      <dialog
        id={id}
        popover="auto"
        tabIndex={-1}
        aria-label="Your account"
        className={styles['menu']}
        onBeforeToggle={({ newState }) => setOpen(newState === 'open')}
        onToggle={({ newState, currentTarget }) => newState === 'open' && currentTarget.focus()}
      >
        {isOpen && <Facts session={session} />}
      </dialog>
    </>
  );
}

function Facts({ session }: { session: SessionInfo }) {
  const { registry, identity, namespaces, expiresAt, byLink } = session;
  const { user, isOrganization, keyLabel, keyExpiresAt, organizations, isAdmin } = identity;
  const desk = deskName();
  return (
    <>
      <h2 className={styles['title']}>Your account</h2>
      <dl className={styles['facts']}>
        <Fact name={isOrganization ? 'Organization' : 'User'}>
          {user === null ? 'Unknown: this registry does not tell' : <bdi>{user}</bdi>}
          {isAdmin && ' (administrator)'}
        </Fact>
        <Fact name="Key">
          {byLink ? 'Made by a sign-in link for this session' : <bdi>{keyLabel ?? 'Unknown'}</bdi>}
        </Fact>
        <Fact name="Key ends">{keyEnd(user !== null, byLink, keyExpiresAt)}</Fact>
        {organizations.length > 0 && (
          <Fact name="Organizations">
            <Names names={organizations} />
          </Fact>
        )}
        <Fact name="Namespaces">{namespaces.length === 0 ? 'None yet' : <Names names={namespaces} />}</Fact>
        {desk !== null && (
          <Fact name="Desk">
            <bdi>{desk}</bdi>
          </Fact>
        )}
        <Fact name="Registry">
          <bdi>{registry.name}</bdi>
          <span className={styles['url']}>{registry.url}</span>
        </Fact>
        <Fact name="Session ends">
          <time dateTime={expiresAt}>{formatExactTime(expiresAt)}</time>, or after 30 minutes in which nothing
          is done
        </Fact>
      </dl>
    </>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

const MANY = 20;

function Names({ names }: { names: readonly string[] }) {
  return (
    <>
      {names.slice(0, MANY).map((name, i) => (
        <span key={name} translate="no">
          {i > 0 && ', '}
          <bdi>{name}</bdi>
        </span>
      ))}
      {names.length > MANY && ` and ${names.length - MANY} more`}
    </>
  );
}

function keyEnd(isKnown: boolean, byLink: boolean, expiresAt: string | null): ReactNode {
  if (byLink) return 'With this session';
  if (!isKnown) return 'Unknown';
  if (expiresAt === null) return 'Never, unless it is revoked';
  return <time dateTime={expiresAt}>{formatExactTime(expiresAt)}</time>;
}
