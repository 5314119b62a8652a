import { Fragment, useId } from 'react';
import { nearestOf, type JsonLine } from '#app/domain/json-lines.ts';
import type { ExplainedPayload } from '#app/queries/explain-record.server.ts';
import { WhyThisValue } from './why-this-value.tsx';

type PayloadViewProps = {
  lines: JsonLine[];
  payload: ExplainedPayload;
  /** JSON pointer of the value whose reason is open. */
  chosen: string | null;
  onChoose: (path: string | null) => void;
};

/** JSON line by line; every value is a button that opens its reason beneath itself. */
export function PayloadView({ lines, payload, chosen, onChoose }: PayloadViewProps) {
  const id = useId();
  return (
    <ol className="record-json" aria-label="What Klaviyo gets, as JSON">
      {lines.map((line, index) => (
        // Lines have no identity of their own; they are replaced as a whole.
        <li key={index} style={{ paddingInlineStart: `${line.depth * 1.25}ch` }}>
          <Line line={line} payload={payload} chosen={chosen} onChoose={onChoose} whyId={`${id}-${index}`} />
        </li>
      ))}
    </ol>
  );
}

type LineProps = Omit<PayloadViewProps, 'lines'> & { line: JsonLine; whyId: string };

function Line({ line, payload, chosen, onChoose, whyId }: LineProps) {
  const { path, name, text, isValue } = line;
  const why = path === null || !isValue ? undefined : nearestOf(payload.whys, path);
  if (path === null || why === undefined) {
    return `${name}${text}`;
  }
  const isOpen = chosen === path;
  const change = payload.changes[path] ?? null;
  const hasNotice = change !== null || why.warnings.length > 0;
  return (
    <Fragment>
      <button
        type="button"
        className="record-json__value"
        aria-expanded={isOpen}
        aria-controls={isOpen ? whyId : undefined}
        onClick={() => onChoose(isOpen ? null : path)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') {
            onChoose(null);
          }
        }}
      >
        {name}
        {text.replace(/,$/, '')}
      </button>
      {text.endsWith(',') ? ',' : ''}
      {hasNotice ? <Notice hasWarning={why.warnings.length > 0} /> : null}
      {isOpen ? (
        <div id={whyId} className="record-json__why">
          <WhyThisValue why={why} change={change} />
        </div>
      ) : null}
    </Fragment>
  );
}

function Notice({ hasWarning }: { hasWarning: boolean }) {
  return (
    <span style={{ fontFamily: 'var(--p-font-family-sans)', color: 'var(--p-color-text-caution)' }}>
      {hasWarning ? ' · warning' : ' · changed since'}
    </span>
  );
}
