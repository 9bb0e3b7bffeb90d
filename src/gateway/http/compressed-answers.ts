import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { MiddlewareHandler } from 'hono';
import { acceptedEncoding, type Encoding } from './accepted-encoding.ts';
import type { GatewayEnv } from './gateway-env.ts';

// Below this a packet is saved by nothing, and above it the whole is better passed on as it comes.
const SMALLEST = 1024;
const LARGEST = 16 * 1024 * 1024;
// As fast as making the JSON was, or faster: what is left to gain by more is a twentieth of the bytes.
const BROTLI_QUALITY = 2;
const GZIP_LEVEL = 2;

const packBrotli = promisify(brotliCompress);
const packGzip = promisify(gzip);

/**
 * Compresses what is read as JSON, of the gateway and of our own registry, beside the event loop. Only answers to GET: keys
 * and tokens are told once, in answers to what changes something, and none of those is compressed together with texts of
 * others (BREACH). An answer that must not be compressed says `Cache-Control: no-transform`.
 */
export function compressedAnswers(): MiddlewareHandler<GatewayEnv> {
  return async (c, next) => {
    await next();
    if (!isCompressible(c.req.method, c.res)) return;
    const { headers } = c.res;
    addVary(headers);
    const encoding = acceptedEncoding(c.req.header('Accept-Encoding'));
    if (encoding === undefined) return;
    if (c.req.method === 'HEAD') {
      // What a GET would be answered with has another length.
      headers.delete('Content-Length');
      return;
    }
    const plain = await c.res.arrayBuffer();
    const body = plain.byteLength < SMALLEST ? plain : await pack(plain, encoding);
    const { status } = c.res;
    // Hono would put the headers of the answer before over those of this one.
    c.res = undefined;
    c.res = new Response(body, { status, headers });
    c.res.headers.set('Content-Length', String(body.byteLength));
    if (body === plain) return;
    c.res.headers.set('Content-Encoding', encoding);
    const tag = headers.get('ETag');
    if (tag !== null && !tag.startsWith('W/')) c.res.headers.set('ETag', `W/${tag}`);
  };
}

function isCompressible(method: string, { status, headers, body }: Response): boolean {
  if (status !== 200 || (method !== 'GET' && method !== 'HEAD')) return false;
  if (method === 'GET' && body === null) return false;
  if (headers.has('Content-Encoding') || headers.has('Set-Cookie')) return false;
  if (/\bno-transform\b/i.test(headers.get('Cache-Control') ?? '')) return false;
  const length = headers.get('Content-Length');
  if (length !== null && (Number(length) < SMALLEST || Number(length) > LARGEST)) return false;
  return /^application\/([\w.+-]+\+)?json\b/i.test(headers.get('Content-Type') ?? '');
}

function addVary(headers: Headers): void {
  const vary = headers.get('Vary') ?? '';
  if (vary !== '*' && !/(^|,)\s*accept-encoding\s*(,|$)/i.test(vary)) {
    headers.append('Vary', 'Accept-Encoding');
  }
}

async function pack(body: ArrayBuffer, encoding: Encoding): Promise<ArrayBuffer | Uint8Array<ArrayBuffer>> {
  if (encoding === 'gzip') return packGzip(body, { level: GZIP_LEVEL });
  return packBrotli(body, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: body.byteLength,
    },
  });
}
