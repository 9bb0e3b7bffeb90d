import type { Hono } from 'hono';
import { z } from 'zod';
import { REGISTRY_PREFIX, registryPaths } from '#contract/api-paths.ts';
import { formatQualifiedName, parseQualifiedName } from '#contract/qualified-name.ts';
import { ICONS_PATH, MAX_ICON_AMONG_OTHERS, MAX_ICONS, type ServerIcons } from '#contract/server-icons.ts';
import type { GatewayEnv, Session } from '#gateway/http/gateway-env.ts';
import { nameInPath } from '#gateway/http/name-in-path.ts';
import { readShape } from '#gateway/http/request-shapes.ts';
import type { RegistryCalls, RegistryOutcome } from '#gateway/registry/registry-calls.ts';
import { badAnswer, registryProblem } from '#gateway/registry/registry-problem.ts';
import { mediaType } from '#gateway/registry/response-parsing.ts';
import type { Sessions } from '#gateway/sessions/sessions.ts';

const MAX_ICON_BYTES = 1024 * 1024;
const ICON_TYPES = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/svg+xml']);
// As many as a browser would ask for side by side.
const AT_ONCE = 6;
const CACHING = { 'Cache-Control': 'private, max-age=300' };

const serverName = z.string().transform((text, context) => {
  const parsed = parseQualifiedName(text);
  if (parsed !== undefined) return formatQualifiedName(parsed);
  context.addIssue('is not the name of a server');
  return z.NEVER;
});
const serverNames = z.array(serverName).min(1, 'must name a server').max(MAX_ICONS);

interface Options {
  sessions: Sessions;
  calls: RegistryCalls;
  now: () => Date;
}

/** Icons of servers: one as an image, and those of a list in one answer, since each would be a request of its own. */
export function addIconRoutes(app: Hono<GatewayEnv>, { sessions, calls, now }: Options): void {
  app.get(`${REGISTRY_PREFIX}/servers/:name/icon`, sessions.signedIn, async (c) => {
    const outcome = await read(c.get('session'), nameInPath(c), c.req.raw.signal);
    if (outcome.kind !== 'answered' || outcome.status !== 200) throw registryProblem(outcome, now());
    const type = mediaType(outcome.headers);
    if (!ICON_TYPES.has(type)) throw badAnswer();
    return c.body(new Uint8Array(outcome.body), 200, {
      ...CACHING,
      'Content-Type': type,
      // An SVG opened by itself is a page: it may style itself, and nothing else.
      'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    });
  });

  app.get(ICONS_PATH, sessions.signedIn, async (c) => {
    const names = [...new Set(readShape(serverNames, c.req.queries('name') ?? [], 'name'))];
    const session = c.get('session');
    const found = new Map<string, string | null>();
    const waiting = names.values();
    let isWhole = true;
    const readOn = async (): Promise<void> => {
      for (const name of waiting) {
        const outcome = await read(session, name, c.req.raw.signal);
        isWhole &&= outcome.kind === 'answered' && outcome.status < 500 && outcome.status !== 429;
        const icon = dataUrl(outcome);
        if (icon !== undefined) found.set(name, icon);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, readOn));
    return c.json({ icons: Object.fromEntries(found) } satisfies ServerIcons, 200, isWhole ? CACHING : {});
  });

  async function read(session: Session, name: string, signal: AbortSignal): Promise<RegistryOutcome> {
    const outcome = await calls.read({
      method: 'GET',
      path: registryPaths.icon(name),
      apiKey: session.apiKey,
      accept: [...ICON_TYPES].join(', '),
      maxBytes: MAX_ICON_BYTES,
      signal,
    });
    await sessions.endIfRefused(session, outcome);
    return outcome;
  }
}

// Undefined where it is too large; null where there is none, or none that is an image.
function dataUrl(outcome: RegistryOutcome): string | null | undefined {
  if (outcome.kind !== 'answered' || outcome.status !== 200) return null;
  const type = mediaType(outcome.headers);
  if (!ICON_TYPES.has(type)) return null;
  if (outcome.body.length > MAX_ICON_AMONG_OTHERS) return undefined;
  return `data:${type};base64,${Buffer.from(outcome.body).toString('base64')}`;
}
