import { existsSync, readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { Operation } from '#workers/local/klaviyo/operations.ts';
import type { SeenRequest } from '#workers/local/klaviyo/server.ts';

export const NO_CONTRACT = 'KLAVIYO_OPENAPI names no file';

export type Contract = {
  /** What is wrong with a request body; `strict`: unknown members are wrong too. Empty = valid. */
  requestTroubles(seen: SeenRequest, how: { strict: boolean }): string[];
  /** What is wrong with an answer. Empty = as published. */
  responseTroubles(seen: SeenRequest): string[];
  /** Where limits, scopes or query parameters of an operation differ from the published ones. */
  termsTroubles(operation: Operation): string[];
};

type Media = { content?: { 'application/vnd.api+json'?: { schema: object } } };
type SpecOperation = {
  parameters?: { name: string; in: string }[];
  requestBody?: Media;
  responses: Record<string, Media>;
  'x-klaviyo-ratelimit': { burst: string; steady: string; daily?: string };
  'x-klaviyo-scopes': string[];
};
type Spec = { paths: Record<string, Record<string, SpecOperation>> };

/** Klaviyo's published OpenAPI as a check; null when this machine does not have it. */
export function loadContract(): Contract | null {
  const file = process.env.KLAVIYO_OPENAPI;
  if (file === undefined || !existsSync(file)) {
    return null;
  }
  const spec = JSON.parse(readFileSync(file, 'utf8')) as Spec;
  const plain = compiler(spec);
  const strict = compiler(closeObjects(spec, false) as Spec);

  return {
    requestTroubles(seen, how) {
      const operation = find(spec, seen);
      if (operation === null) {
        return [`${seen.method} ${seen.path} is not published`];
      }
      const unknown = unknownParameters(operation.entry, seen.path);
      const schema = operation.entry.requestBody?.content?.['application/vnd.api+json']?.schema;
      if (schema === undefined) {
        return unknown;
      }
      return [...unknown, ...(how.strict ? strict : plain)(`${operation.key} body`, schema, seen.body)];
    },
    responseTroubles(seen) {
      const operation = find(spec, seen);
      const status = String(seen.status);
      if (operation === null || !status.startsWith('2')) {
        return errorTroubles(seen.response);
      }
      const answer = operation.entry.responses[status];
      const schema = answer?.content?.['application/vnd.api+json']?.schema;
      if (answer === undefined) {
        return [`${operation.key} answers ${status}, which is not published`];
      }
      if (schema === undefined) {
        return seen.response === null ? [] : [`${operation.key} ${status} has a body`];
      }
      return plain(`${operation.key} ${status}`, schema, withoutEmptyLinks(seen.response));
    },
    termsTroubles(operation) {
      const published = find(spec, { method: operation.method, path: operation.path });
      if (published === null) {
        return [`${operation.id} is not published`];
      }
      const { burst, steady, daily } = published.entry['x-klaviyo-ratelimit'];
      const limits = operation.limits.map(({ count, seconds }) => `${count}/${LETTERS[seconds] ?? seconds}`);
      const known = (published.entry.parameters ?? [])
        .filter((each) => each.in === 'query')
        .map(({ name }) => name);
      return [
        ...differ(`${operation.id} limits`, limits, [burst, steady, ...(daily === undefined ? [] : [daily])]),
        ...differ(`${operation.id} scopes`, operation.scopes, published.entry['x-klaviyo-scopes']),
        ...operation.query
          .filter((name) => !known.includes(name))
          .map((name) => `${operation.id} takes ${name}`),
      ];
    },
  };
}

/** Live, `links.next` and `links.prev` are null at the ends although the specification says text. */
function withoutEmptyLinks(response: unknown): unknown {
  const { links, ...rest } = response as { links?: Record<string, unknown> };
  const present = Object.entries(links ?? {}).filter(([, link]) => link !== null);
  return links === undefined ? rest : { ...rest, links: Object.fromEntries(present) };
}

function compiler(spec: Spec): (name: string, schema: object, value: unknown) => string[] {
  const ajv = new Ajv({ strict: false, allErrors: true, validateSchema: false });
  addFormats.default(ajv);
  ajv.addSchema(spec, 'spec');
  const compiled = new Map<string, ValidateFunction>();
  return (name, schema, value) => {
    const check = compiled.get(name) ?? ajv.compile(absolute(schema));
    compiled.set(name, check);
    return check(value)
      ? []
      : (check.errors ?? []).map(
          (error) => `${name}: ${error.instancePath} ${error.message ?? ''} ${details(error.params)}`,
        );
  };
}

function details(params: Record<string, unknown>): string {
  return JSON.stringify(params);
}

/** References of a part of the specification, seen from outside. */
function absolute(schema: object): object {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"spec#/components/')) as object;
}

/** Every object with known members accepts no others. */
function closeObjects(node: unknown, isMembers: boolean): unknown {
  if (Array.isArray(node)) {
    return node.map((item) => closeObjects(item, false));
  }
  if (typeof node !== 'object' || node === null) {
    return node;
  }
  const closed: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(node)) {
    closed[key] = closeObjects(value, key === 'properties' && !isMembers);
  }
  const isOpenSchema = !isMembers && 'properties' in closed && closed.additionalProperties === undefined;
  return isOpenSchema ? { ...closed, additionalProperties: false } : closed;
}

const LETTERS: Record<number, string> = { 1: 's', 60: 'm', 86400: 'd' };

function differ(name: string, ours: string[], published: string[]): string[] {
  return ours.join() === published.join() ? [] : [`${name}: ${ours.join()} instead of ${published.join()}`];
}

function find(
  spec: Spec,
  seen: { method: string; path: string },
): { key: string; entry: SpecOperation } | null {
  const path = seen.path.split('?', 1)[0]?.replace(/(.)\/+$/, '$1') ?? '';
  for (const [pattern, entries] of Object.entries(spec.paths)) {
    const entry = entries[seen.method.toLowerCase()];
    const matcher = new RegExp(`^${pattern.replaceAll(/\{\w+\}/g, '[^/]+')}$`);
    if (entry !== undefined && matcher.test(path)) {
      return { key: `${seen.method} ${pattern}`, entry };
    }
  }
  return null;
}

function unknownParameters(operation: SpecOperation, target: string): string[] {
  const known = (operation.parameters ?? []).filter((each) => each.in === 'query').map(({ name }) => name);
  const query = new URLSearchParams(target.split('?').slice(1).join('?'));
  return [...query.keys()].filter((name) => !known.includes(name)).map((name) => `unknown parameter ${name}`);
}

function errorTroubles(response: unknown): string[] {
  const { errors } = response as { errors?: Record<string, unknown>[] };
  if (!Array.isArray(errors) || errors.length === 0) {
    return ['an error answer without errors'];
  }
  return errors.flatMap((error) =>
    ['id', 'code', 'title', 'detail']
      .filter((name) => typeof error[name] !== 'string')
      .map((name) => `no ${name}`),
  );
}
