import { useQuery } from '@tanstack/react-query';
import { useEffect, useEffectEvent, useState } from 'react';
import { REGISTRY_PREFIX, registryPaths } from '#contract/api-paths.ts';
import { iconQuery } from '#web/api/icons.ts';
import styles from './server-icon.module.css';

interface ServerIconProps {
  /** Undefined: not known, or not worth asking for yet. */
  server: { qualifiedName: string; iconUrl: string | null } | undefined;
  /** The name whose first letter stands in. */
  name: string;
  size: 32 | 56;
}

/** A server's icon, or its first letter. Images from others are shown in `img` only, where they cannot run. */
export function ServerIcon({ server, name, size }: ServerIconProps) {
  const [failed, setFailed] = useState<string>();
  useWhenOnline(failed !== undefined, () => setFailed(undefined));
  const box = { width: size, height: size, fontSize: size * 0.45 };
  const qualifiedName = typeof server?.iconUrl === 'string' ? server.qualifiedName : undefined;
  const fetched = useQuery({
    ...iconQuery(qualifiedName ?? ''),
    enabled: qualifiedName !== undefined && !canAskByItself,
  });
  const src = canAskByItself ? qualifiedName && iconPath(qualifiedName) : fetched.data;
  if (src === undefined || failed === src) {
    return (
      <span className={styles['letter']} style={box} aria-hidden>
        {firstLetter(name)}
      </span>
    );
  }
  return (
    <img
      className={styles['image']}
      style={box}
      src={src}
      alt=""
      width={size}
      height={size}
      loading="lazy"
      decoding="async"
      onError={() => setFailed(src)}
    />
  );
}

// What could not be loaded without a network may be there with one.
function useWhenOnline(isWaiting: boolean, onOnline: () => void): void {
  const hear = useEffectEvent(onOnline);
  useEffect(() => {
    if (!isWaiting) return undefined;
    const listen = () => hear();
    window.addEventListener('online', listen);
    return () => window.removeEventListener('online', listen);
  }, [isWaiting]);
}

// Over plain http from another machine a browser says nothing of where an image is asked for, and the gateway answers
// only what is a page's own: there the page asks, with its headers.
const canAskByItself = window.isSecureContext;

// Always through the gateway, never at the address the registry gives.
function iconPath(qualifiedName: string): string {
  return REGISTRY_PREFIX + registryPaths.icon(qualifiedName);
}

function firstLetter(name: string): string {
  return (/[\p{L}\p{N}]/u.exec(name)?.[0] ?? '#').toUpperCase();
}
