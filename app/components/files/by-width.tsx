import type { ReactNode } from 'react';

// The breakpoint of Polaris' `md`. Chosen by the browser, not by script: what the server drew stays where it is.
const STYLES = `
.by-width-narrow { display: none }
@media (max-width: 47.99em) { .by-width-wide { display: none } .by-width-narrow { display: block } }
`;

/** The same content twice: a table where there is room, a list on a telephone. Only one is there for eye and ear. */
export function ByWidth({ wide, narrow }: { wide: ReactNode; narrow: ReactNode }) {
  return (
    <>
      <style>{STYLES}</style>
      <div className="by-width-wide">{wide}</div>
      <div className="by-width-narrow">{narrow}</div>
    </>
  );
}
