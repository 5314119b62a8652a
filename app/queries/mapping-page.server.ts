import type { Context } from '../context.ts';
import { isAppError } from '../domain/errors.ts';
import { toMappingForm, type MappingForm } from '../domain/mapping-form.ts';
import { targetInWords } from '../domain/mapping-words.ts';
import { KIND_OF_SCOPE, type Mapping, type MappingScope } from '../domain/rules.ts';
import { compileSettings } from '../domain/compile-rules.ts';
import { compileTemplate } from '../domain/template.ts';
import { openTasks, type TaskLine } from './open-tasks.server.ts';
import { readMapping, readMappings, type StoredMapping } from './stored-mapping.server.ts';

export type MappingPage = {
  /** Of a new mapping the id that it will have. */
  id: string;
  isNew: boolean;
  /** What it sets, in words. */
  title: string;
  enabled: boolean;
  form: MappingForm;
  connections: { id: string; name: string }[];
  /** Columns by scope, of the newest files, else of the settings and the other mappings. */
  columns: Record<MappingScope, string[]>;
  /** Targets by scope that other mappings set. */
  knownTargets: Record<MappingScope, string[]>;
  /** Other mappings of the same target, with how they are told from each other. */
  twins: { id: string; name: string }[];
  /** Names of translation tables. */
  tables: string[];
  /** The newest work on existing records that a person asked for. */
  task: TaskLine | null;
};

type Asked = { scope: MappingScope; connectionId: string | null; from: string | null };

/** The editor of a stored mapping. Null = the shop has none of that id. */
export async function mappingPage(ctx: Context, shopId: string, id: string): Promise<MappingPage | null> {
  const mapping = await readMapping(ctx.db.sql, shopId, id);
  if (mapping === undefined) {
    return null;
  }
  const surroundings = await readSurroundings(ctx, shopId, mapping);
  return {
    ...surroundings,
    id,
    isNew: false,
    title: targetInWords(mapping.scope, mapping.target),
    enabled: mapping.enabled,
    form: toMappingForm(mapping, mapping),
  };
}

/** The editor of a mapping that is not there yet, empty or filled with a copy of the mapping `from`. */
export async function newMappingPage(ctx: Context, shopId: string, asked: Asked): Promise<MappingPage> {
  const copied = asked.from === null ? undefined : await readMapping(ctx.db.sql, shopId, asked.from);
  const blank: Mapping = {
    scope: copied?.scope ?? asked.scope,
    target: copied?.target ?? '',
    description: copied?.description ?? '',
    blank: copied?.blank ?? 'keep',
    rules: copied?.rules ?? [{ template: '' }],
  };
  const surroundings = await readSurroundings(ctx, shopId, null);
  const connectionId = asked.connectionId ?? copied?.connectionId ?? null;
  const isKnown = surroundings.connections.some(({ id }) => id === connectionId);
  return {
    ...surroundings,
    id: ctx.ids.uuid(),
    isNew: true,
    title: 'New mapping',
    enabled: true,
    form: toMappingForm(blank, { version: null, connectionId: isKnown ? connectionId : null }),
  };
}

type Surroundings = Pick<
  MappingPage,
  'connections' | 'columns' | 'knownTargets' | 'twins' | 'tables' | 'task'
>;

async function readSurroundings(
  ctx: Context,
  shopId: string,
  mapping: StoredMapping | null,
): Promise<Surroundings> {
  const { sql } = ctx.db;
  const [all, connections, headers, settings, tables, tasks] = await Promise.all([
    readMappings(sql, shopId),
    sql<{ id: string; name: string }>(
      'SELECT id, name FROM connection WHERE shop_id = $1 AND removed_at IS NULL ORDER BY position, name',
      [shopId],
    ),
    sql<{ kind: string; header: string[] | null }>(
      `SELECT k.kind, f.header FROM connection c
        CROSS JOIN unnest(ARRAY['customers', 'orders', 'rewards']) AS k(kind)
        CROSS JOIN LATERAL (
          SELECT s.format->'header' AS header FROM source_file s
           WHERE s.shop_id = $1 AND s.connection_id = c.id AND s.kind = k.kind AND s.format IS NOT NULL
           ORDER BY s.first_seen_at DESC, s.id DESC LIMIT 1) f
       WHERE c.shop_id = $1 AND c.removed_at IS NULL ORDER BY c.position`,
      [shopId],
    ),
    sql<{ kind: string; columns: Record<string, string> }>(
      'SELECT kind, columns FROM column_settings WHERE shop_id = $1',
      [shopId],
    ),
    sql<{ name: string }>('SELECT name FROM translation_table WHERE shop_id = $1 ORDER BY name', [shopId]),
    openTasks(ctx, shopId),
  ]);
  function columnsOf(scope: MappingScope): string[] {
    const kind = KIND_OF_SCOPE[scope];
    const found = headers.filter((row) => row.kind === kind).flatMap(({ header }) => header ?? []);
    const set = settings.filter((row) => row.kind === kind).flatMap(({ columns }) => Object.values(columns));
    const named = found.length > 0 ? [] : all.filter((one) => one.scope === scope).flatMap(columnsNamed);
    return [...new Set([...found, ...set, ...named])];
  }
  function targetsOf(scope: MappingScope): string[] {
    return [...new Set(all.filter((one) => one.scope === scope).map(({ target }) => target))];
  }
  return {
    connections,
    columns: {
      customer: columnsOf('customer'),
      order: columnsOf('order'),
      item: columnsOf('item'),
      reward: columnsOf('reward'),
    },
    knownTargets: {
      customer: targetsOf('customer'),
      order: targetsOf('order'),
      item: targetsOf('item'),
      reward: targetsOf('reward'),
    },
    twins: all
      .filter(
        (one) => one.id !== mapping?.id && one.scope === mapping?.scope && one.target === mapping.target,
      )
      .map(({ id, description, target, connection, enabled }) => ({
        id,
        name: `${description === '' ? target : description} (${connection ?? 'all connections'}${enabled ? '' : ', off'})`,
      })),
    tables: tables.map(({ name }) => name),
    task: tasks.find(({ kind }) => kind === 'remap-records') ?? null,
  };
}

/** Columns that the templates of a mapping name, as far as they can be read without the shop's tables. */
function columnsNamed({ rules }: StoredMapping): string[] {
  const settings = compileSettings({ timezone: 'UTC', phoneCountry: 'AU', translations: {} });
  return rules.flatMap(({ template }) => {
    try {
      return compileTemplate(template.replace(/\|\s*translate\s*:\s*("[^"]*"|'[^']*')/g, ''), settings, '')
        .columns;
    } catch (error) {
      if (!isAppError(error)) {
        throw error;
      }
      return [];
    }
  });
}
