import type { Sql } from '../../context.ts';
import { readEmail } from '../../domain/email.ts';
import { markOfKey, marksOfCustomer, type CustomerIdentity } from '../../domain/person.ts';
import { repairPhone } from '../../domain/phone.ts';
import type { ConnectionRules } from '../../domain/rules.ts';
import type { Evaluation } from '../evaluate-units.ts';
import type { Chunk } from '../read-units.ts';
import type { RejectedRow } from '../reject-row.ts';
import type { Survey } from '../survey-file.ts';
import { ERASED } from './erased-words.ts';
import type { ErasedPeople } from './erased-people.ts';
import { cellsOf, wordsWithAddress, type CellsOfRows, type ScreenedFile } from './screened-file.ts';

/** A key in Apparel21 under which somebody who was erased turned up; `hash` is how they were known. */
export type LearnedKey = { key: string; keyHash: string; hash: string };

/** A chunk as it may be staged. */
export type Screened = { chunk: Chunk; evaluations: Evaluation[]; learned: LearnedKey[] };

/**
 * Takes the rows of people who were erased out of an evaluated chunk: they count as rejected, and nothing of them is kept; nor of
 * rows of theirs that are rejected for another reason.
 * An order or reward is theirs by the customer's key that it names, or by an e-mail in a cell of it (`scrubOthers` has taken out
 * those in orders of other people); a customer by key, e-mail or phone. A customer known by an address gives away the key that
 * later orders will name: it is learned.
 */
export async function dropErased(
  erased: ErasedPeople | null,
  file: ScreenedFile,
  read: { chunk: Chunk; evaluations: Evaluation[] },
): Promise<Screened> {
  if (erased === null) {
    return { ...read, learned: [] };
  }
  const { evaluations } = read;
  const [found, chunk] = await Promise.all([
    erased.recognise(evaluations.map((evaluation) => marksOf(file, evaluation))),
    withoutErased(erased, file, read.chunk),
  ]);
  const rejected = evaluations.flatMap(({ unit }, index) =>
    found[index] === null ? [] : unit.rows.map(({ line }) => erasedRow(line)),
  );
  const learned = evaluations.flatMap(({ unit }, index): LearnedKey[] => {
    const hash = found[index] ?? null;
    const keyHash = erased.hash(markOfKey(file.connectionId, unit.key));
    return hash === null || file.evaluator.kind !== 'customers' || hash === keyHash
      ? []
      : [{ key: unit.key, keyHash, hash }];
  });
  return rejected.length === 0
    ? { chunk, evaluations, learned }
    : {
        chunk: { ...chunk, rejected: [...chunk.rejected, ...rejected] },
        evaluations: evaluations.filter((_, index) => found[index] === null),
        learned,
      };
}

/** The chunk with nothing of erased people in the rows that could not become records. */
async function withoutErased(erased: ErasedPeople, file: ScreenedFile, chunk: Chunk): Promise<Chunk> {
  if (chunk.rejected.length === 0) {
    return chunk;
  }
  const found = await erased.recognise(chunk.rejected.map(({ cells }) => marksOfCells(file, cells ?? [])));
  const rejected = chunk.rejected.map((row, index) => (found[index] === null ? row : erasedRow(row.line)));
  return { ...chunk, rejected };
}

/** Of a row that is no record nobody knows whether its cells stand where they belong: an e-mail counts wherever it is. */
function marksOfCells(
  { connectionId, rules, evaluator, survey }: ScreenedFile,
  cells: readonly string[],
): string[] {
  const rows = [{ cells }];
  const { customers } = rules.columns;
  const reference =
    evaluator.kind === 'customers' ? customers.primaryKey : rules.columns[evaluator.kind].customerReference;
  const emails = addressesIn(rows);
  const phones =
    evaluator.kind === 'customers' ? phonesIn(rules, cellsOf(survey, rows, customers.phone)) : [];
  const [key = ''] = cellsOf(survey, rows, reference);
  return marksOfCustomer(connectionId, { key, emails, phones });
}

function erasedRow(line: number): RejectedRow {
  return { line, column: null, code: ERASED.code, message: ERASED.message, cells: null };
}

function marksOf(file: ScreenedFile, evaluation: Evaluation): string[] {
  const { connectionId, rules, evaluator, survey } = file;
  const { unit } = evaluation;
  if (evaluator.kind === 'customers') {
    return marksOfCustomer(connectionId, identityOf(rules, survey, evaluation));
  }
  const reference = rules.columns[evaluator.kind].customerReference;
  const keys = [...new Set(cellsOf(survey, unit.rows, reference))];
  return [
    ...keys.map((key) => markOfKey(connectionId, key)),
    ...addressesIn(unit.rows).map((email) => `email ${email}`),
  ];
}

/** E-mail addresses in the cells of an order or reward, in whatever column: its customer's key may be one nobody knows. */
function addressesIn(rows: CellsOfRows): string[] {
  return [...new Set(rows.flatMap(({ cells }) => wordsWithAddress(cells)))].flatMap((word) => {
    const read = readEmail(word);
    return 'email' in read ? [read.email] : [];
  });
}

/** By the row's own columns and by what the mappings make of it: an address may come from another column. */
function identityOf(rules: ConnectionRules, survey: Survey, { unit, result }: Evaluation): CustomerIdentity {
  const { email, phone } = rules.columns.customers;
  const of = result?.mapped.kind === 'customers' ? result.mapped.of : null;
  const attributes = of?.outcome === 'mapped' ? of.payload.attributes : {};
  const emails = cellsOf(survey, unit.rows, email).flatMap((cell) => {
    const read = readEmail(cell);
    return 'email' in read ? [read.email] : [];
  });
  const phones = phonesIn(rules, cellsOf(survey, unit.rows, phone));
  return {
    key: unit.key,
    emails: [...new Set([...emails, attributes.email ?? []].flat())],
    phones: [...new Set([...phones, attributes.phone_number ?? []].flat())],
  };
}

function phonesIn({ phoneCountry }: ConnectionRules, cells: readonly string[]): string[] {
  return cells.flatMap((cell) => {
    const read = repairPhone(cell, phoneCountry);
    return 'e164' in read ? [read.e164] : [];
  });
}

/** Notes the keys under which erased people turned up, with whom they belong to. */
export async function noteLearned(sql: Sql, shopId: string, learned: readonly LearnedKey[]): Promise<void> {
  if (learned.length > 0) {
    await sql(
      `INSERT INTO suppression (shop_id, identity_hash, erasure_id)
       SELECT $1, l."keyHash", s.erasure_id FROM jsonb_to_recordset($2::jsonb) AS l("keyHash" text, hash text)
         JOIN suppression s ON s.shop_id = $1 AND s.identity_hash = l.hash
       ON CONFLICT (shop_id, identity_hash) DO NOTHING`,
      [shopId, JSON.stringify(learned.map(({ keyHash, hash }) => ({ keyHash, hash })))],
    );
  }
}
