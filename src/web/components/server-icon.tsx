import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
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
  const box = { width: size, height: size, fontSize: size * 0.45 };
  const qualifiedName = typeof server?.iconUrl === 'string' ? server.qualifiedName : undefined;
  const { data: src, isLoading } = useQuery({
    // Always through the gateway, never at the address the registry gives.
    ...iconQuery(qualifiedName ?? ''),
    enabled: qualifiedName !== undefined,
  });
  if (isLoading) return <span className={styles['image']} style={box} aria-hidden />;
  if (typeof src !== 'string' || failed === src) {
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
      decoding="async"
      onError={() => setFailed(src)}
    />
  );
}

function firstLetter(name: string): string {
  return (/[\p{L}\p{N}]/u.exec(name)?.[0] ?? '#').toUpperCase();
}
