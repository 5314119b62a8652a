import type { ReactNode } from 'react';

type PlainPageProps = { title: string; children: ReactNode };

/** A page outside Shopify admin: no Polaris, no script, one message. */
export function PlainPage({ title, children }: PlainPageProps) {
  return (
    <main
      style={{
        font: '16px/1.6 Inter, -apple-system, "Segoe UI", sans-serif',
        color: '#303030',
        maxWidth: '34rem',
        margin: '18vh auto 0',
        padding: '0 1.5rem',
      }}
    >
      <h1 style={{ fontSize: '1.5rem', lineHeight: 1.3 }}>{title}</h1>
      <p>{children}</p>
    </main>
  );
}
