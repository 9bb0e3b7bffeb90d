import {
  CircleAlert,
  CircleCheck,
  CircleDashed,
  CircleHelp,
  CirclePause,
  ExternalLink,
  KeyRound,
  Laptop,
  type LucideIcon,
  RefreshCw,
} from 'lucide-react';
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

const looks: Readonly<Record<Exclude<ServerState, 'loading'>, Look>> = {
  live: { tone: 'success', icon: CircleCheck, word: 'Live', title: 'Published and answering' },
  external: {
    tone: 'success',
    icon: ExternalLink,
    word: 'External',
    title: 'Published, answers from its own host',
  },
  local: { tone: 'accent', icon: Laptop, word: 'Local', title: 'Published, runs on the user’s machine' },
  failed: { tone: 'danger', icon: CircleAlert, word: 'Failed', title: 'The latest release failed' },
  releasing: { tone: 'warning', icon: RefreshCw, word: 'Releasing', title: 'A release is under way' },
  'needs-sign-in': {
    tone: 'warning',
    icon: KeyRound,
    word: 'Needs sign-in',
    title: 'The latest release waits for an authorization',
  },
  cancelled: {
    tone: 'neutral',
    icon: CirclePause,
    word: 'Paused',
    title: 'The latest release was cancelled',
  },
  'not-released': {
    tone: 'neutral',
    icon: CircleDashed,
    word: 'Not released',
    title: 'Nothing was released yet',
  },
  unknown: {
    tone: 'neutral',
    icon: CircleHelp,
    word: 'Unknown',
    title: 'Its latest release could not be read',
  },
};

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
