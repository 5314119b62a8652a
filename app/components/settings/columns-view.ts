import type { RecordKind } from '#app/domain/records.ts';

/** What the page of the columns shows; see `columnsPage`. */
export type ColumnsView = {
  kind: RecordKind;
  connectionId: string | null;
  connections: { id: string; name: string; hasOwn: boolean }[];
  hasOwn: boolean;
  form: Record<string, string>;
  inherited: Record<string, string>;
  preset: Record<string, string>;
  file: {
    id: string;
    name: string;
    connection: string;
    seenAt: string;
    header: string[];
    problem: string | null;
  } | null;
  samples: Record<string, string[]>;
  readBy: Record<string, { id: string; name: string }[]>;
};
