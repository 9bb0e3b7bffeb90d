import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ComponentType, useEffect, useEffectEvent, useState } from 'react';
import { checkAccount, sessionQuery, staySignedInMutation } from '#web/api/session.ts';
import { followOtherKeys } from '#web/api/calling/session-life.ts';
import { followSessionsElsewhere, type SessionNews } from '#web/api/session-tabs.ts';
import { showToast } from '#web/ui/toast/toast.tsx';
import { goOnAsOther, takeOtherAccount } from './other-account.ts';
import { SessionNotice } from './session-notice.tsx';
import type { SignInAgain } from './sign-in-again.tsx';
import { useSessionEnding } from './use-session-ending.ts';

type Dialog = ComponentType<Parameters<typeof SignInAgain>[0]>;

/**
 * Looks after the session of this page: says when it is about to end, asks for the key over the page when it has, and hears
 * what other tabs do. `onLeave` takes the page to the sign-in page.
 */
export function SessionKeeper({ onLeave }: { onLeave: () => void }) {
  const client = useQueryClient();
  const stay = useMutation(staySignedInMutation());
  const [isAsked, setAsked] = useState(false);
  const [Dialog, setDialog] = useState<Dialog>();

  const [life, ending] = useSessionEnding({
    onAct: () => !stay.isPending && stay.mutate(),
    onOver: () => void client.refetchQueries({ queryKey: sessionQuery().queryKey }),
  });
  const reason = life.phase === 'ended' ? life.reason : null;
  const isOpen = reason !== null || (isAsked && life.phase === 'live');

  const load = useEffectEvent(() => {
    import('./sign-in-again.tsx').then(
      (module) => setDialog(() => module.SignInAgain),
      // Its code cannot be had now: the sign-in page may be here already.
      () => reason !== null && onLeave(),
    );
  });
  const isNeededSoon = isOpen || ending !== undefined;
  useEffect(() => {
    if (isNeededSoon) load();
  }, [isNeededSoon]);

  useEffect(() => {
    if (!isOpen) return;
    // It would lie above the dialog.
    for (const menu of document.querySelectorAll<HTMLElement>(':popover-open')) menu.hidePopover();
  }, [isOpen]);

  const hear = useEffectEvent((news: SessionNews) => {
    if (news === 'signed-out') onLeave();
    else if (client.getQueryData(sessionQuery().queryKey) !== undefined)
      void checkAccount(client, goOnAsOther);
  });
  useEffect(() => {
    followOtherKeys(async () => checkAccount(client, goOnAsOther));
    if (takeOtherAccount()) {
      showToast({
        tone: 'warning',
        message: 'You are signed in with another account now',
        detail: 'This page was loaded anew: what it showed before was the other account’s.',
      });
    }
    return followSessionsElsewhere((news) => hear(news));
  }, [client]);

  // In a browser without channels, another tab may have signed in.
  const lookElsewhere = useEffectEvent(() => {
    if (document.visibilityState === 'visible') void checkAccount(client, goOnAsOther);
  });
  useEffect(() => {
    if (reason === null) return undefined;
    const look = () => lookElsewhere();
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, [reason]);

  return (
    <>
      <SessionNotice
        ending={isOpen ? undefined : ending}
        isStaying={stay.isPending}
        onStay={() => !stay.isPending && stay.mutate()}
        onSignIn={() => setAsked(true)}
      />
      {isOpen && Dialog !== undefined && (
        <Dialog reason={reason} onClose={() => setAsked(false)} onLeave={onLeave} onOther={goOnAsOther} />
      )}
    </>
  );
}
