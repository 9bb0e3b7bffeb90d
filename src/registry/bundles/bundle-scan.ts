import { posix } from 'node:path';
import { jsonDepth } from '#platform/json-depth.ts';
import { shapeProblem, shapeTexts } from '#platform/shape-errors.ts';
import type { OpenBlob } from '#registry/files/blob-store.ts';
import { checkedEntries, UnsafeZip, type CheckedZip } from '#registry/files/zip-entries.ts';
import { boundedWarnings } from '#registry/release-scan/release-card.ts';
import { ReleaseProblem } from '#registry/release-scan/release-problem.ts';
import { bundleIcon } from './bundle-icon.ts';
import { BadSignature, readSigner, type Signer } from './bundle-signer.ts';
import { missingPaths, unknownUserConfig, type NamedPath } from './manifest-paths.ts';
import { runtimesOf } from './manifest-runtime.ts';
import { manifestShape, type Manifest } from './manifest-shape.ts';
import { splitBundle } from './signature-block.ts';

const MAX_ENTRIES = 20_000;
const MAX_UNPACKED_BYTES = 1024 ** 3;
const MAX_MANIFEST_BYTES = 1024 ** 2;
const MAX_DEPTH = 100;
const MAX_SHOWN = 100;
const MANIFEST = 'manifest.json';

/** What was found in a bundle. */
export interface BundleScan {
  manifest: Manifest;
  /** Null where it is not signed. */
  signer: Signer | null;
  icon: Exclude<Awaited<ReturnType<typeof bundleIcon>>, { problem: string }>;
  /** What its owner should know, and what is no reason to refuse it. */
  warnings: string[];
}

/**
 * Checks a bundle from its table of contents to its last byte, and the signature behind that, then reads its manifest, and
 * closes it. Throws ReleaseProblem: with FAILURE_SCAN where the file is not safe to unpack or was changed after it was
 * signed, with FAILURE where it is no bundle, or not one for this runtime.
 */
export async function scanBundle(
  blob: OpenBlob,
  { runtime, onSafe }: { runtime: string; onSafe: (signer: Signer | null) => Promise<void> },
): Promise<BundleScan> {
  let zip: CheckedZip | undefined;
  try {
    const split = await splitBundle(blob).catch(async (error: unknown) => {
      await blob.close();
      throw error;
    });
    zip = await checkedEntries(split.zip, { maxEntries: MAX_ENTRIES, maxTotalBytes: MAX_UNPACKED_BYTES });
    await zip.verify();
    const signer = split.signature === null ? null : await readSigner(split.zip, split.signature);
    await onSafe(signer);
    const manifest = await readManifest(zip);
    checkRuntime(manifest, runtime);
    const warnings = checkPaths(manifest, zip);
    const icon = await bundleIcon(manifest, zip);
    if (icon === null || !('problem' in icon)) return { manifest, signer, icon, warnings };
    warnings.push(`The icon that ${MANIFEST} names was not taken: ${icon.problem}`);
    return { manifest, signer, icon: null, warnings };
  } catch (error) {
    if (error instanceof BadSignature) {
      throw new ReleaseProblem(
        'FAILURE_SCAN',
        `The signature of the bundle is not right: ${error.message}.`,
        'Pack the bundle again and sign it after that, with "mcpb sign", or release it without a signature.',
      );
    }
    if (!(error instanceof UnsafeZip)) throw error;
    throw new ReleaseProblem(
      'FAILURE_SCAN',
      error.message,
      'Pack the bundle again, with plain files under relative paths only, then release it.',
    );
  } finally {
    zip?.close();
  }
}

async function readManifest(zip: CheckedZip): Promise<Manifest> {
  const bytes = await zip.readEntry(MANIFEST, MAX_MANIFEST_BYTES);
  if (bytes === undefined) throw notABundle(`The bundle has no ${MANIFEST} at its top.`);
  const parsed = manifestShape.safeParse(parseManifest(Buffer.from(bytes).toString('utf8')), {
    error: shapeTexts,
  });
  if (!parsed.success) {
    const { field, text } = shapeProblem(parsed.error);
    throw notABundle(`${MANIFEST} is wrong${field === '' ? '' : ` at ${field}`}: ${text}`);
  }
  return parsed.data;
}

function checkRuntime(manifest: Manifest, runtime: string): void {
  const runtimes: readonly string[] = runtimesOf(manifest);
  if (runtimes.includes(runtime)) return;
  const fitting = runtimes.map((one) => `"${one}"`).join(' or ');
  throw new ReleaseProblem(
    'FAILURE',
    `The release has the runtime "${runtime}", but server.type of ${MANIFEST} is "${manifest.server.type}".`,
    `Release it with the runtime ${fitting}, or correct server.type and pack the bundle again.`,
  );
}

/** Refuses a manifest that names what is not in the bundle; returns what is only odd. */
function checkPaths(manifest: Manifest, zip: CheckedZip): string[] {
  const entryPoint = manifest.server.entry_point;
  if (entryPoint !== undefined && !holdsFile(zip, entryPoint)) {
    throw notABundle(
      `${MANIFEST} names an entry point that is not in the bundle: server.entry_point is "${shown(entryPoint)}".`,
    );
  }
  const { needed, inEnvironment } = missingPaths(manifest, (path) => zip.holds(path));
  const [first] = needed;
  if (first !== undefined) {
    throw notABundle(`${MANIFEST} names what is not in the bundle: ${placeOf(first)}.`);
  }
  return boundedWarnings([
    ...inEnvironment.map((named) => `${placeOf(named)}, which is not in the bundle`),
    ...unknownUserConfig(manifest).map(
      (name) => `server.mcp_config uses \${user_config.${shown(name)}}, which user_config does not define`,
    ),
  ]);
}

// Clients add `.exe` where they need it.
function holdsFile({ files }: CheckedZip, path: string): boolean {
  const wanted = posix.normalize(path.replace(/^\$\{__dirname\}\//, ''));
  return files.some(({ name }) => name === wanted || name === `${wanted}.exe`);
}

function placeOf({ field, path }: NamedPath): string {
  return `${shown(field)} leads to "${shown(path)}" in its folder`;
}

function shown(text: string): string {
  return text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '?').slice(0, MAX_SHOWN);
}

function notABundle(message: string): ReleaseProblem {
  return new ReleaseProblem(
    'FAILURE',
    message,
    'Pack the server as an MCP bundle, with "mcpb pack" or any other tool that writes a manifest.json, then release it.',
  );
}

function parseManifest(text: string): unknown {
  if (jsonDepth(text) > MAX_DEPTH) throw notABundle(`${MANIFEST} is nested deeper than ${MAX_DEPTH} levels.`);
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    throw notABundle(`${MANIFEST} is not valid JSON.`);
  }
}
