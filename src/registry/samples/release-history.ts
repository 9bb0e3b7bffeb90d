import type { Insertable } from 'kysely';
import type { ReleaseLogRow, ReleaseRow } from '#database/registry-tables.ts';
import { pipelines } from './sample-pipelines.ts';
import type { Random } from './random.ts';
import type { SampleServer } from './sample-server.ts';

const DAY = 86_400_000;
const MILLISECONDS_PER_LINE = 1700;

const COMMIT_MESSAGES = [
  'Answer in the units that were asked for',
  'Retry once when the upstream is slow',
  'Describe every parameter',
  'Cut the cold start in half',
  'Return errors a model can act on',
  'Update dependencies',
  'Cache what does not change within the hour',
  'Fix the time zone of all-day entries',
] as const;

interface History {
  releases: Insertable<ReleaseRow>[];
  logs: ReleaseLogRow[];
}

/** A server's releases and what their pipelines said, ending as the sample says. */
export function makeReleases(
  sample: SampleServer,
  { serverRid, random, now }: { serverRid: number; random: Random; now: Date },
): History {
  const { type } = sample;
  if (type === null) return { releases: [], logs: [] };
  const history: History = { releases: [], logs: [] };
  sample.releases.forEach((status, i) => {
    const id = random.uuid();
    const started = releaseTime(sample, i, { random, now });
    const logs = pipelines[status].map(({ stage, level, message, error }, seq) => ({
      release_id: id,
      seq,
      stage,
      level,
      message,
      error: error ?? null,
      timestamp: timeOf(started, (seq + 1) * MILLISECONDS_PER_LINE, now),
    }));
    history.logs.push(...logs);
    history.releases.push({
      id,
      server_rid: serverRid,
      status,
      type,
      ...(type === 'external_shttp' ? withoutGit : makeCommit(random)),
      upstream_url: sample.upstreamUrl ?? null,
      created_at: timeOf(started, 0, now),
      updated_at: logs.at(-1)?.timestamp ?? timeOf(started, 0, now),
    });
  });
  return history;
}

const withoutGit = { commit_sha: null, commit_message: null, branch: null };

function makeCommit(random: Random) {
  return {
    commit_sha: random.hex(40),
    commit_message: random.pick(COMMIT_MESSAGES),
    branch: random.pick(['main', 'main', 'main', 'next']),
  };
}

// Evenly from the day of registration to the latest release; one of today began within the last minute.
function releaseTime(
  { age, lastRelease, releases }: SampleServer,
  index: number,
  { random, now }: { random: Random; now: Date },
): number {
  const share = releases.length === 1 ? 1 : index / (releases.length - 1);
  const daysAgo = age + (lastRelease - age) * share;
  if (daysAgo < 1) return now.getTime() - random.integer(10_000, 60_000);
  return now.getTime() - Math.round(daysAgo * DAY) + random.integer(60_000, DAY / 3);
}

// Nothing happens after now.
function timeOf(started: number, later: number, now: Date): string {
  return new Date(Math.min(started + later, now.getTime())).toISOString();
}
