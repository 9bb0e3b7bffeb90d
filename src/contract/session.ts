import type { DeskLook } from './desk-look.ts';
import type { Identity } from './identity.ts';

/** `GET /api/-/registry`: what this desk manages; told to strangers too, since it says which key to sign in with. */
export interface RegistryInfo {
  /** Shown to people: the host, or "Embedded registry". */
  name: string;
  url: string;
  embedded: boolean;
  desk: DeskLook;
}

/** `GET /api/-/session`. */
export interface SessionInfo {
  registry: RegistryInfo;
  identity: Identity;
  /** The owner's namespaces, by name. */
  namespaces: string[];
  /** ISO 8601: when this session ends whatever happens. */
  expiresAt: string;
  /** ISO 8601: when it ends unless somebody does something before. */
  idleAt: string;
  /** True where a sign-in link began it. */
  byLink: boolean;
}

/** Set on every answer to somebody signed in: how long the session goes on, and by which key. */
export const SESSION_HEADER = 'Touchmark-Session';

/** What that header says. In seconds, so that the browser's clock need not be right. */
export interface SessionState {
  /** Until it ends unless somebody does something before. */
  idleSeconds: number;
  /** Until it ends whatever happens. */
  endSeconds: number;
  /** Tells keys apart. */
  key: string;
}

/** The header's value. */
export function formatSessionState({ idleSeconds, endSeconds, key }: SessionState): string {
  return `idle=${idleSeconds}, end=${endSeconds}, key=${key}`;
}

/** What the header's value says; undefined where there is none, or it is none of these. */
export function parseSessionState(value: string | null): SessionState | undefined {
  const [, idle, end, key] = /^idle=(\d+), end=(\d+), key=(\w+)$/.exec(value ?? '') ?? [];
  if (idle === undefined || end === undefined || key === undefined) return undefined;
  return { idleSeconds: Number(idle), endSeconds: Number(end), key };
}
