import {
  CircleAlert,
  CircleCheck,
  CircleDashed,
  CircleHelp,
  History,
  KeyRound,
  Laptop,
  type LucideIcon,
  RefreshCw,
} from 'lucide-react';
import type { OwnedServerState } from '#contract/owned-servers.ts';
import { Badge, type Tone } from '#web/ui/badge.tsx';
import { Skeleton } from '#web/ui/skeleton.tsx';
import type { ServerState } from './server-state.ts';

interface Look {
  tone: Tone;
  icon: LucideIcon;
  word: string;
  /** The longer version, on hover. */
  title: string;
}

const looks: Readonly<Record<OwnedServerState, Look>> = {
  live: { tone: 'success', icon: CircleCheck, word: 'Live', title: 'Its latest release answers' },
  // Never in the colour of what is well.
  'live-on-older': {
    tone: 'warning',
    icon: History,
    word: 'Live on an older release',
    title: 'The latest release failed; an older one is live',
  },
  local: { tone: 'accent', icon: Laptop, word: 'Local', title: 'A bundle that people run themselves' },
  failed: {
    tone: 'warning',
    icon: CircleAlert,
    word: 'Failed',
    title: 'The latest release failed, and none ever ran',
  },
  releasing: { tone: 'neutral', icon: RefreshCw, word: 'Releasing', title: 'A release is under way' },
  'needs-sign-in': {
    tone: 'warning',
    icon: KeyRound,
    word: 'Needs sign-in',
    title: 'The latest release waits for an authorization',
  },
  'not-released': {
    tone: 'neutral',
    icon: CircleDashed,
    word: 'Not released',
    title: 'Nothing was released yet',
  },
  unknown: { tone: 'neutral', icon: CircleHelp, word: 'Unknown', title: 'The registry does not tell' },
};

/** A state in the words of its badge. */
export function stateWord(state: OwnedServerState): string {
  return looks[state].word;
}

/** What a server is doing, as icon, word and colour; a stand-in of like size until it is known. */
export function StateBadge({ state }: { state: ServerState }) {
  if (state === 'loading') return <Skeleton width={72} height={22} />;
  const { tone, icon, word, title } = looks[state];
  return (
    <Badge tone={tone} icon={icon} title={title}>
      {word}
    </Badge>
  );
}
