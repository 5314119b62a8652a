import pg from 'pg';

const { INT8, DATE } = pg.types.builtins;

/**
 * How values come back: whole numbers (also `count(*)`) as numbers while JavaScript can hold them exactly, else as text;
 * days as midnight UTC; times as Date; jsonb parsed. `numeric` (which `sum(bigint)` gives) stays text: cast it.
 */
export const readAs: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') => {
    if (format !== 'binary' && oid === INT8) {
      return readInt8;
    }
    if (format !== 'binary' && oid === DATE) {
      return readDay;
    }
    return format === 'binary' ? pg.types.getTypeParser(oid, 'binary') : pg.types.getTypeParser(oid, 'text');
  },
};

function readInt8(text: string): number | string {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : text;
}

function readDay(text: string): Date | string {
  const day = new Date(`${text}T00:00:00Z`);
  return Number.isNaN(day.getTime()) ? text : day; // 'infinity' stays as it is
}

/** Parameters as they travel. A Date goes in UTC, whatever the zone of this machine: a `date` column cuts the text. */
export function writeAs(parameters: readonly unknown[]): unknown[] {
  return parameters.map(writeOne);
}

function writeOne(value: unknown): unknown {
  if (value instanceof Date) {
    return value.toISOString();
  }
  return Array.isArray(value) && value.some((item) => item instanceof Date) ? value.map(writeOne) : value;
}
