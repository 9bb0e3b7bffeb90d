import type { ServerResponse } from 'node:http';
import { registryPaths } from '#contract/api-paths.ts';
import { sendJson, type ScriptedRegistry } from './scripted-registry.ts';

/** A release on a scripted registry, as it stands. May be changed. */
interface PlayedRelease {
  id: string;
  status: string;
  type: string;
  createdAt: string;
  updatedAt: string;
  upstreamUrl: string | null;
  logs: { stage: string; level: string; message: string; timestamp: string }[];
}

export interface WaitingRelease {
  release: PlayedRelease;
  /** How often a resume of a release of the server arrived. */
  resumes(): number;
  /** Answers a resume in place of the usual behaviour. */
  onResume: ((response: ServerResponse) => void) | null;
  /** Lets it go on, at a later time. */
  goOn(status?: string): void;
}

const AT = '2026-01-02T00:00:00.000Z';

/** Gives a server one release, which waits for a sign-in and can be resumed. */
export function addWaitingRelease(registry: ScriptedRegistry, qualifiedName: string): WaitingRelease {
  const list = registryPaths.releases(qualifiedName);
  let minutes = 0;
  const played: WaitingRelease = {
    release: {
      id: 'r-1',
      status: 'AUTH_REQUIRED',
      type: 'external_shttp',
      createdAt: AT,
      updatedAt: AT,
      upstreamUrl: 'https://up.example.com/mcp',
      logs: [{ stage: 'scan', level: 'info', message: 'Waiting for its owner', timestamp: AT }],
    },
    resumes: () =>
      registry.requests.filter(({ method, target }) => method === 'POST' && target.startsWith(list)).length,
    onResume: null,
    goOn(status = 'WORKING') {
      minutes += 1;
      Object.assign(played.release, {
        status,
        updatedAt: new Date(Date.parse(AT) + minutes * 60_000).toISOString(),
      });
    },
  };
  const { release } = played;
  const before = registry.script;
  registry.script = (request, response, incoming) => {
    const { pathname } = new URL(request.target, 'http://registry');
    if (!pathname.startsWith(list) || !registry.servers.has(qualifiedName)) {
      return before(request, response, incoming);
    }
    if (request.method === 'GET' && pathname === list) {
      const { logs: _, ...listed } = release;
      const pagination = { currentPage: 1, pageSize: 20, totalPages: 1, totalCount: 1 };
      return sendJson(response, 200, { releases: [listed], pagination });
    }
    const [id, act] = pathname.slice(list.length + 1).split('/');
    if (id !== release.id) return sendJson(response, 404, { error: 'Release not found' });
    if (request.method === 'GET') return sendJson(response, 200, release);
    if (act !== 'resume') return before(request, response, incoming);
    if (played.onResume !== null) {
      played.onResume(response);
      return true;
    }
    if (release.status !== 'AUTH_REQUIRED') {
      return sendJson(response, 400, { error: 'Release not in resumable state' });
    }
    played.goOn();
    return sendJson(response, 202, { deploymentId: release.id, status: release.status });
  };
  return played;
}
