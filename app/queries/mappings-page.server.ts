import type { Context } from '../context.ts';
import { blankInWords, ruleLead, SCOPE_WORDS, targetInWords } from '../domain/mapping-words.ts';
import { MAPPING_SCOPES, type MappingScope } from '../domain/rules.ts';
import { shopTime } from './shop-time.ts';
import { readMappings, type StoredMapping } from './stored-mapping.server.ts';

export type MappingLine = {
  id: string;
  /** What it sets, in words, and as it is written. */
  name: string;
  target: string;
  description: string;
  rules: { lead: string; template: string }[];
  /** Rules beyond those that are shown. */
  moreRules: number;
  /** Name of its connection; null = all of the shop. */
  connection: string | null;
  /** What a blank result does, when it is not the usual. */
  blank: string | null;
  enabled: boolean;
  /** How it stands to other mappings of its target, in a sentence; null = there are none. */
  neighbours: string | null;
};

export type RemovedMapping = {
  id: string;
  revisionId: string;
  name: string;
  target: string;
  removedAt: string;
  removedBy: string;
};

export type MappingsPage = {
  scope: MappingScope;
  tabs: { scope: MappingScope; name: string; count: number }[];
  mappings: MappingLine[];
  removed: RemovedMapping[];
};

const RULES_SHOWN = 3;
const REMOVED_SHOWN = 20;

/** The mappings of one scope in the order in which they are asked, and those that were removed lately. */
export async function mappingsPage(
  ctx: Context,
  shop: { id: string; timezone: string },
  scope: MappingScope,
): Promise<MappingsPage> {
  const [all, removed] = await Promise.all([
    readMappings(ctx.db.sql, shop.id),
    ctx.db.sql<{ id: string; revisionId: string; target: string; actor: string; at: Date }>(
      `SELECT * FROM (
         SELECT DISTINCT ON (r.mapping_id) r.mapping_id AS id, r.id AS "revisionId", r.snapshot->>'target' AS target, r.actor,
                r.created_at AS at, r.snapshot->>'scope' AS scope
           FROM mapping_revision r
          WHERE r.shop_id = $1 AND NOT EXISTS (SELECT 1 FROM mapping m WHERE m.id = r.mapping_id)
          ORDER BY r.mapping_id, r.created_at DESC, r.id DESC) last
        WHERE scope = $2 ORDER BY at DESC LIMIT $3`,
      [shop.id, scope, REMOVED_SHOWN],
    ),
  ]);
  return {
    scope,
    tabs: MAPPING_SCOPES.map((one) => ({
      scope: one,
      name: SCOPE_WORDS[one],
      count: all.filter((mapping) => mapping.scope === one).length,
    })),
    mappings: all
      .filter((mapping) => mapping.scope === scope)
      .map((mapping, _, ofScope) => toLine(mapping, ofScope)),
    removed: removed.map(({ at, actor, ...mapping }) => ({
      ...mapping,
      name: targetInWords(scope, mapping.target),
      removedAt: shopTime(at, shop.timezone),
      removedBy: actor,
    })),
  };
}

function toLine(mapping: StoredMapping, all: StoredMapping[]): MappingLine {
  const { id, scope, target, description, rules, connection, blank, enabled } = mapping;
  return {
    id,
    name: targetInWords(scope, target),
    target,
    description,
    rules: rules
      .slice(0, RULES_SHOWN)
      .map((rule, place) => ({ lead: ruleLead(rule, place), template: rule.template })),
    moreRules: Math.max(0, rules.length - RULES_SHOWN),
    connection,
    blank: blank === 'keep' ? null : blankInWords(blank),
    enabled,
    neighbours: enabled ? neighboursOf(mapping, all) : null,
  };
}

function neighboursOf(mapping: StoredMapping, all: StoredMapping[]): string | null {
  const twins = all.filter(({ target, enabled }) => enabled && target === mapping.target);
  const own = twins.filter(({ connectionId }) => connectionId === mapping.connectionId);
  const place = own.indexOf(mapping);
  if (place > 0) {
    return 'Used where the mapping of the same target above it gives nothing.';
  }
  if (mapping.connectionId !== null) {
    return twins.some(({ connectionId }) => connectionId === null)
      ? `Replaces the shop's own mapping of this target in ${mapping.connection ?? 'its connection'}.`
      : null;
  }
  const replacing = [
    ...new Set(twins.flatMap(({ connection }) => (connection === null ? [] : [connection]))),
  ];
  return replacing.length === 0 ? null : `Replaced in ${replacing.join(', ')} by a mapping of its own.`;
}
