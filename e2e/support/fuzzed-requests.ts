import { gatewayPaths, REGISTRY_MOUNT, REGISTRY_PREFIX, registryPaths } from '#contract/api-paths.ts';
import type { Random } from '#registry/samples/random.ts';

/** A request that nobody would send by accident. */
export interface FuzzedRequest {
  method: string;
  /** As it is put on the wire. */
  target: string;
  headers: Record<string, string>;
  body: Buffer | null;
}

/** A path as routers write it, `:name` standing for a part, and the method that it answers to. */
export interface Route {
  method: string;
  path: string;
}

const METHODS = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
  'QUERY',
  'PURGE',
] as const;

// One path segment each, as it is sent: what may be there, and what may not.
const NAMES = ['fuzz', 'fuzz', 'fuzz%2Ftarget', 'fuzz%2Ftarget', 'fuzz%2Ftarget', 'acme%2Fweather'] as const;
const SEGMENTS = [
  'acme%2fweather',
  'fuzz%2Fother',
  'latest',
  'a'.repeat(129),
  'a'.repeat(5000),
  `fuzz%2F${'%F0%9F%94%A8'.repeat(30)}`,
  '%E6%9C%88%2F%E3%81%8B',
  '%00',
  '%0d%0aX:1',
  '%',
  '%ff',
  '%ED%A0%80',
  '%252f',
  '..%2f..',
  '%2e%2e',
  '%E2%80%AE',
  '__proto__',
  'constructor',
  '-',
  ',',
  '',
  '0',
  '*',
  '{id}',
  '00000000-0000-4000-8000-000000000000',
] as const;

const TEXTS = [
  '',
  ' ',
  'weather',
  '0',
  '-1',
  '1e999',
  '9007199254740993',
  'true',
  'null',
  '__proto__',
  'constructor',
  'acme/weather',
  'fuzz/target',
  '\u0000',
  'a\r\nb',
  '\u202Eevil',
  '\uD800',
  '%',
  "'; drop table servers; --",
  '"*"',
  'x'.repeat(300),
  'x'.repeat(20_000),
  '2026-01-01T00:00:00Z',
  '9999999-99-99T99:99:99Z',
  'https://user:pass@[::1]:99999/',
  'https://upstream.invalid/mcp',
  'javascript:alert(1)',
  'tools/call',
  'initialize',
  '(a{100}){100}',
  '🔨'.repeat(50),
] as const;

const PARAMETERS = [
  'page',
  'pageSize',
  'q',
  'topK',
  'fields',
  'fields[]',
  'ids',
  'qualifiedName',
  'namespace',
  'remote',
  'isDeployed',
  'verified',
  'ownerId',
  'seed',
  'from',
  'to',
  'limit',
  'search',
  'hasServers',
  'before',
  'refresh',
  'category',
  '__proto__',
] as const;

const FIELDS = [
  'displayName',
  'description',
  'homepage',
  'repositoryUrl',
  'license',
  'iconUrl',
  'unlisted',
  'name',
  'value',
  'apiKey',
  'code',
  'policy',
  'namespaces',
  'operations',
  'resources',
  'rpcReqMatch',
  'ttl',
  'organizationId',
  'targetNamespace',
  'targetOrganizationId',
  'targetSlug',
  'subdomain',
  'slug',
  'namespace',
  'scanCredentials',
  'jsonrpc',
  'id',
  'method',
  'params',
  'type',
  'upstreamUrl',
  'configSchema',
  'runtime',
  'serverCard',
  '__proto__',
  'constructor',
  '',
] as const;

const HEADERS: readonly (readonly [string, readonly [string, ...string[]]])[] = [
  ['Range', ['bytes=0-', 'bytes=-0', 'bytes=9-1', 'bytes=99999999999999999-', 'lines=1']],
  ['If-None-Match', ['*', '"x"', 'W/"x", "y"']],
  ['If-Range', ['"x"']],
  ['Last-Event-ID', ['0.QUEUED', '999999.SUCCESS.complete', 'x'.repeat(200), '\u00ff']],
  ['Accept', ['text/event-stream', '*/*', 'application/json;q=x', '\u00ff']],
  ['Accept-Encoding', ['br;q=0, gzip', '*', 'x'.repeat(3000)]],
  ['User-Agent', ['', 'x'.repeat(3000), '\u00e9\u00ff']],
  ['X-Forwarded-For', ['1.2.3.4', 'x, y, 999.999.999.999', '']],
  ['Forwarded', ['for="[::1]";proto=https']],
  ['Touchmark-Server-Id', ['x', 'x'.repeat(200)]],
  ['Idempotency-Key', ['00000000-0000-4000-8000-000000000000', 'x']],
  ['Mcp-Session-Id', ['x'.repeat(2000)]],
  ['Connection', ['close', 'x, y', 'authorization']],
  ['Content-Encoding', ['gzip', 'x']],
  ['Upgrade', ['websocket', 'h2c']],
  ['Origin', ['null', 'https://evil.test']],
];

const DEPTHS = [20, 99, 101, 5000, 60_000] as const;

/** Makes up requests for these routes, and for those that the contract knows. */
export function createFuzzer(random: Random, routes: readonly Route[]) {
  const pages = ['/', '/healthz', '/readyz', '/servers/:name', '/assets/:name'];
  const all = [...routes, ...contractRoutes(), ...pages.map((path) => ({ method: 'GET', path }))];

  const segment = (): string => random.pick(random.next() < 0.6 ? NAMES : SEGMENTS);

  function target(route: string): string {
    const path = route.replaceAll(/:[a-zA-Z]+(\{[^}]*\})?/g, segment);
    const odd = random.integer(0, 19) === 0 ? random.pick(['/', '//', '/..', '/.', '/x', ';a=b', '%2f']) : '';
    if (random.next() < 0.6) return path + odd;
    const parameters = Array.from(
      { length: random.integer(1, 4) },
      () => `${random.pick(PARAMETERS)}=${encode(random.pick(TEXTS))}`,
    );
    return `${path}${odd}?${parameters.join('&')}`;
  }

  /** A text as a query may carry it: encoded, or left as it is where that can be sent at all. */
  function encode(text: string): string {
    if (/^[\x21-\x7e]*$/.test(text) && random.next() < 0.3) return text;
    return Array.from(Buffer.from(text), (byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
  }

  function value(depth = 0): unknown {
    const kind = random.integer(0, depth > 3 ? 4 : 7);
    if (kind <= 1) return random.pick(TEXTS);
    if (kind === 2) return random.pick([0, -1, 1e308, 2 ** 53, 0.1, 90]);
    if (kind === 3) return random.pick([true, false, null]);
    if (kind === 4) return random.pick([[], {}, 'read', 'servers', 'external', 'stdio', 'node', 'fuzz']);
    if (kind === 5) return Array.from({ length: random.integer(0, 4) }, () => value(depth + 1));
    return fields(depth);
  }

  function fields(depth: number): Record<string, unknown> {
    return Object.fromEntries(
      Array.from({ length: random.integer(0, 6) }, () => [random.pick(FIELDS), value(depth + 1)]),
    );
  }

  function nested(): string {
    const depth = random.pick(DEPTHS);
    const key = random.pick(FIELDS);
    const [open, close] = random.pick([
      ['[', ']'],
      [`{${JSON.stringify(key)}:`, '}'],
      ['[{"params":', '}]'],
    ]);
    const text = open.repeat(depth) + '1' + (random.next() < 0.9 ? close.repeat(depth) : '');
    return random.next() < 0.5 ? text : `{${JSON.stringify(random.pick(FIELDS))}:${text}}`;
  }

  function jsonText(): string {
    const kind = random.integer(0, 9);
    if (kind === 0) return nested();
    if (kind === 1)
      return random.pick(['', 'null', '[]', '{', '"', '\u0000', '[1,]', '\uFEFF{}', 'NaN', '1']);
    if (kind === 2) return `[${Array.from({ length: 150 }, () => '{"jsonrpc":"2.0"}').join(',')}]`;
    return JSON.stringify(fields(0));
  }

  function multipart(): Pick<FuzzedRequest, 'body'> & { contentType: string } {
    const boundary = random.pick(['x', 'b'.repeat(70), 'b'.repeat(71), 'b'.repeat(300), 'b'.repeat(5000)]);
    const parts = Array.from({ length: random.integer(0, 3) }, () => {
      const name = random.pick(['payload', 'bundle', 'archive', 'icon', 'x'.repeat(300), '', 'a"; name="b']);
      const file =
        random.next() < 0.5 ? `; filename="${random.pick(['a.zip', '../../x', '\u202Ex', ''])}"` : '';
      const content = random.pick([
        jsonText(),
        'PK\u0003\u0004' + 'x'.repeat(99),
        'PK\u0005\u0006',
        '\x89PNG\r\n\x1a\n',
      ]);
      return `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n${content}\r\n`;
    });
    const end = random.pick([`--${boundary}--\r\n`, `--${boundary}--\r\n`, `--${boundary}`, '']);
    const named = random.pick([
      `boundary=${boundary}`,
      `boundary=${boundary}`,
      `boundary="${boundary}"`,
      `boundary="${boundary}`,
      'boundary=',
      `charset=utf-8; boundary=${boundary}; boundary=y`,
      `boundary*=utf-8''%ff`,
      '',
    ]);
    return { contentType: `multipart/form-data; ${named}`, body: Buffer.from(parts.join('') + end) };
  }

  function bodyOf(method: string): Pick<FuzzedRequest, 'body' | 'headers'> {
    const hasNone = ['GET', 'HEAD', 'TRACE'].includes(method) ? 0.97 : 0.15;
    if (random.next() < hasNone) return { body: null, headers: {} };
    if (random.next() < 0.3) {
      const { contentType, body } = multipart();
      return { body, headers: { 'Content-Type': contentType } };
    }
    const type = random.pick([
      'application/json',
      'application/json',
      'application/json',
      'application/json; charset=utf-16',
      'text/plain',
      'application/x-www-form-urlencoded',
      '\u00ff',
      '',
    ]);
    const body = random.integer(0, 199) === 0 ? Buffer.alloc(300_000, 'x') : Buffer.from(jsonText());
    return { body, headers: { 'Content-Type': type } };
  }

  return {
    /** The next request, without anything that says who sends it. */
    next(): FuzzedRequest {
      const route = all[random.integer(0, all.length - 1)] ?? { method: 'GET', path: '/' };
      const method = random.next() < 0.75 ? route.method : random.pick(METHODS);
      const { body, headers } = bodyOf(method);
      for (let more = random.integer(0, 3); more > 1; more -= 1) {
        const [name, values] = HEADERS[random.integer(0, HEADERS.length - 1)] ?? ['Accept', ['*/*']];
        headers[name] = random.pick(values);
      }
      return { method, target: target(route.path), headers, body };
    },
  };
}

/** Every path that the contract knows, under both of its places, to be read. */
function contractRoutes(): Route[] {
  const pattern = (path: string): string => path.replaceAll('%3A', ':');
  const own = Object.values(gatewayPaths).map((path) => pattern(path(':id')));
  const both = Object.values(registryPaths).map((path) => pattern(path(':name', ':id')));
  const paths = [...own, ...both.flatMap((path) => [REGISTRY_PREFIX + path, REGISTRY_MOUNT + path])];
  const changes = ['PATCH', 'DELETE'].map((method) => ({
    method,
    path: REGISTRY_PREFIX + pattern(registryPaths.server(':name')),
  }));
  const signIn = { method: 'POST', path: gatewayPaths.session() };
  return [...paths.map((path) => ({ method: 'GET', path })), ...changes, signIn];
}
