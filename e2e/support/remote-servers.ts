import type { ScriptedRegistry } from './scripted-registry.ts';

/** What a registry elsewhere tells of one server. */
export interface RemoteServer {
  /** The newest first: a status, and how it is reached. */
  releases?: readonly (readonly [status: string, type?: string])[];
  /** The last line of the log of each release that failed. */
  reason?: string;
  /** The statuses of its calls, the newest first. */
  calls?: readonly number[];
  /** More fields of its entry in the list and of its page. */
  fields?: Record<string, unknown>;
}

const DAY_MS = 86_400_000;

/** When the release at this place was made: the newest a day ago, each other a day before the next. */
function releasedAt(place: number): string {
  return new Date(Date.now() - (place + 1) * DAY_MS).toISOString();
}

/** Gives the registry these servers, by their qualified names, in place of those that it has. */
export function giveServers(
  { servers, changed, answers }: ScriptedRegistry,
  given: Readonly<Record<string, RemoteServer>>,
): void {
  servers.clear();
  for (const [name, { fields, ...parts }] of Object.entries(given)) {
    servers.set(name, `id-${name}`);
    // The list does not tell what is deployed, and not where it runs: that is for the releases to say.
    changed.set(name, { isDeployed: null, remote: null, ...fields });
    tell(answers, name, parts);
  }
}

/** Has the registry tell this of a server's releases and calls from now on. */
export function tell(
  answers: ScriptedRegistry['answers'],
  name: string,
  { releases = [], reason = 'It did not start', calls = [] }: Omit<RemoteServer, 'fields'>,
): void {
  const path = `/servers/${encodeURIComponent(name)}`;
  const list = releases.map(([status, type = 'hosted_shttp'], place) => ({
    id: `release-${releases.length - place}`,
    status,
    type,
    createdAt: releasedAt(place),
  }));
  const pagination = { currentPage: 1, pageSize: 100, totalPages: 1, totalCount: list.length };
  answers.set(`${path}/releases`, { releases: list, pagination });
  for (const release of list) {
    const { createdAt: timestamp } = release;
    const logs = [
      { stage: 'deploy', level: 'info', message: 'Begun', timestamp },
      ...(release.status === 'SUCCESS'
        ? []
        : [{ stage: 'deploy', level: 'error', message: reason, timestamp }]),
    ];
    answers.set(`${path}/releases/${release.id}`, { ...release, logs });
  }
  const invocations = calls.map((status, place) => ({
    timestamp: new Date(Date.now() - (place + 1) * 60_000).toISOString(),
    response: { status, outcome: status < 400 ? 'ok' : 'error' },
  }));
  answers.set(`${path}/logs`, { invocations, total: invocations.length });
}
