import type { Context } from 'hono';
import type { GatewayEnv } from '#gateway/http/gateway-env.ts';
import { Problem } from '#gateway/http/problem.ts';
import { readJson } from '#gateway/http/request-shapes.ts';
import type { BodyShape } from './change-kind.ts';
import { openUpload, type Upload } from './upload.ts';

/** What comes with a change, read as far as it must be before the change is written down. */
export type ChangeBody =
  | { form: 'none' }
  | { form: 'path'; value: Record<string, string> }
  | { form: 'json'; value: Record<string, unknown> }
  | { form: 'upload'; upload: Upload };

const MULTIPART = /^multipart\/form-data\s*;\s*boundary=(?:"[^"\r\n]{1,70}"|[^\s";,]{1,70})\s*$/i;

/** Reads the body of a change. Throws Problem where it is none of the kind's: then nothing was sent. */
export async function readChangeBody(
  c: Context<GatewayEnv>,
  shape: BodyShape,
  idleMs: number,
): Promise<ChangeBody> {
  if (shape.form === 'none') return shape;
  if (shape.form === 'path') return { form: 'path', value: shape.read(c) };
  if (shape.form === 'json') return { form: 'json', value: await readJson(c, shape.schema) };
  const contentType = c.req.header('Content-Type') ?? '';
  const { body } = c.req.raw;
  if (!MULTIPART.test(contentType) || body === null) {
    throw new Problem(400, 'bad-request', 'Send a multipart/form-data body. Nothing was sent on.');
  }
  const length = c.req.header('Content-Length');
  const contentLength = length !== undefined && /^\d{1,15}$/.test(length) ? Number(length) : null;
  if (contentLength !== null && contentLength > shape.maxBytes) {
    throw new Problem(413, 'bad-request', 'The upload is larger than it may be. Nothing was sent on.');
  }
  const limits = { maxBytes: shape.maxBytes, idleMs };
  return { form: 'upload', upload: openUpload(body, { contentType, contentLength }, limits) };
}
