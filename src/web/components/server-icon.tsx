import { useState } from 'react';
import { REGISTRY_PREFIX, registryPaths } from '#contract/api-paths.ts';
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
  const box = { width: size, height: size, fontSize: size * 0.45 };
  const src = server && iconPath(server);
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

// Always through the gateway, never at the address the registry gives.
function iconPath(server: { qualifiedName: string; iconUrl: string | null }): string | undefined {
  return server.iconUrl === null ? undefined : REGISTRY_PREFIX + registryPaths.icon(server.qualifiedName);
}

function firstLetter(name: string): string {
  return (/[\p{L}\p{N}]/u.exec(name)?.[0] ?? '#').toUpperCase();
}
