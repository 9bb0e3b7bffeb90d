import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { resumeReleaseMutation } from '#web/api/changes/release-changes.ts';
import { listedServerQuery } from '#web/api/servers.ts';
import { type Change, useChange } from '#web/components/outcomes/use-change.ts';
import { paths } from '#web/lib/paths.ts';
import { showToast } from '#web/ui/toast/toast.tsx';
import { describeResumeFailure, type ResumeFailure } from './resume-failure.ts';

/** What came of resuming releases of a server on this page. */
export interface ResumeAttempt extends Pick<Change<unknown>, 'phase' | 'secondsLeft' | 'check'> {
  /** The id of the release that was last to be resumed; null: none was. */
  asked: string | null;
  failure: ResumeFailure | undefined;
  send: (release: string) => void;
}

interface Callbacks {
  /** It was resumed: the button is about to go, and with it the focus. */
  onResumed: () => void;
  /** Whether the page is still there to show what came of it. */
  isShown: () => boolean;
}

/** Resumes releases of a server, for as long as its page is there. What has no place there any more is said by a toast. */
export function useResumeAttempt(qualifiedName: string, { onResumed, isShown }: Callbacks): ResumeAttempt {
  const { data: listed } = useQuery(listedServerQuery(qualifiedName));
  const [asked, setAsked] = useState<string | null>(null);
  const server = { qualifiedName, serverId: listed?.id ?? null };
  const tell = () => {
    if (isShown()) return onResumed();
    const message = `Resumed the release of ${qualifiedName}`;
    showToast({ tone: 'success', message, name: qualifiedName });
  };
  const fail = (error: Error) => {
    if (isShown()) return;
    const { title, requestId } = describeResumeFailure(error, qualifiedName);
    showToast({
      tone: 'danger',
      message: `${qualifiedName}: ${title}`,
      name: qualifiedName,
      requestId,
      action: { label: 'Activity', href: paths.activity() },
    });
  };
  const { phase, error, secondsLeft, send, check } = useChange(resumeReleaseMutation(server, tell), fail);
  return {
    phase,
    asked,
    failure: error === null ? undefined : describeResumeFailure(error, qualifiedName),
    secondsLeft,
    send: (release) => {
      setAsked(release);
      send({ release });
    },
    check,
  };
}
