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
  // Most have none, and following what nobody asks for is what drawing a row would mostly be.
  return typeof server?.iconUrl === 'string' ? (
    <LoadedIcon qualifiedName={server.qualifiedName} name={name} size={size} />
  ) : (
    <Letter name={name} size={size} />
  );
}

type LetterProps = Pick<ServerIconProps, 'name' | 'size'>;

function LoadedIcon({ qualifiedName, name, size }: LetterProps & { qualifiedName: string }) {
  const [failed, setFailed] = useState<string>();
  const box = boxes[size];
  // Always through the gateway, never at the address the registry gives.
  const { data: src, isLoading } = useQuery(iconQuery(qualifiedName));
  if (isLoading) return <span className={styles['image']} style={box} aria-hidden />;
  if (typeof src !== 'string' || failed === src) return <Letter name={name} size={size} />;
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

function Letter({ name, size }: LetterProps) {
  return (
    <span className={styles['letter']} style={boxes[size]} aria-hidden>
      {firstLetter(name)}
    </span>
  );
}

const boxes = {
  32: { width: 32, height: 32, fontSize: 32 * 0.45 },
  56: { width: 56, height: 56, fontSize: 56 * 0.45 },
};

function firstLetter(name: string): string {
  return (/[\p{L}\p{N}]/u.exec(name)?.[0] ?? '#').toUpperCase();
}
