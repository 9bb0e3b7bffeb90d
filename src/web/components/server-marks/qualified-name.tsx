interface QualifiedNameProps {
  name: string;
  className?: string | undefined;
}

/** A server's qualified name: a browser neither translates it nor lets its direction reach what stands around it. */
export function QualifiedName({ name, className }: QualifiedNameProps) {
  return (
    <bdi translate="no" className={className}>
      {name}
    </bdi>
  );
}
