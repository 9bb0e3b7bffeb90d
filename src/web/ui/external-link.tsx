import { ExternalLink as ExternalLinkIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import styles from './external-link.module.css';

interface ExternalLinkProps {
  /** An address that was checked: http or https. */
  href: string;
  children: ReactNode;
  className?: string;
}

/** A link that leaves the dashboard, in a new tab that learns nothing of it. */
export function ExternalLink({ href, children, className }: ExternalLinkProps) {
  return (
    <a href={href} className={className ?? styles['link']} target="_blank" rel="noreferrer noopener">
      {children}
      <ExternalLinkIcon className={styles['icon']} size={14} aria-hidden />
      <span className="visually-hidden">(opens in a new tab)</span>
    </a>
  );
}
