import { BadgeCheck, CircleHelp } from 'lucide-react';
import type { ClientIdentity } from '#contract/connected-clients.ts';
import { Badge } from '#web/ui/badge.tsx';

/** Whether anybody vouches for what a client calls itself. */
export function ClientBadge({ client: { verifiedHost } }: { client: ClientIdentity }) {
  if (verifiedHost === null) {
    return (
      <Badge tone="warning" icon={CircleHelp} title="Anybody may call themselves anything.">
        Not verified
      </Badge>
    );
  }
  return (
    <Badge tone="success" icon={BadgeCheck}>
      Of <bdi>{verifiedHost}</bdi>
    </Badge>
  );
}
