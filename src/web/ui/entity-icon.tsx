import { useState } from 'react';
import styles from './entity-icon.module.css';

interface EntityIconProps {
  /** Where the image is; undefined: it has none. */
  src: string | undefined;
  /** The name whose first letter stands in. */
  name: string;
  size: 32 | 48 | 56;
}

/** The icon of a thing, or its first letter. Images from others are shown in `img` only, where they cannot run. */
export function EntityIcon({ src, name, size }: EntityIconProps) {
  const [failed, setFailed] = useState<string>();
  const box = { width: size, height: size, fontSize: size * 0.45 };
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

function firstLetter(name: string): string {
  return (/[\p{L}\p{N}]/u.exec(name)?.[0] ?? '#').toUpperCase();
}
