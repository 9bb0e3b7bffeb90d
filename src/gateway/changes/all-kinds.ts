import type { ChangeKind } from './change-kind.ts';
import { deleteServer } from './delete-server.ts';
import { resumeRelease } from './resume-release.ts';
import { updateServer } from './update-server.ts';

/** Every kind of change an owner can make through the gateway. */
export const allKinds: readonly ChangeKind[] = [deleteServer, updateServer, resumeRelease];
