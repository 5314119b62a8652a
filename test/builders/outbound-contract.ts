import { readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';
import type { SeenRequest } from '#workers/local/klaviyo/server.ts';

type Schema = { [key: string]: unknown };
type OpenApi = {
  paths: Record<string, Record<string, { requestBody?: { content: Record<string, { schema: Schema }> } }>>;
  components: { schemas: Record<string, Schema> };
};

export type OutboundContract = {
  check(request: SeenRequest): void;
  /** Throws when a request was not what Klaviyo's published OpenAPI allows. */
  assertKept(): void;
};

/** Members under which anything may stand. */
const FREE_FORM = new Set(['properties', 'append', 'unappend']);

let validators: ReturnType<typeof loadValidators> | undefined;

/**
 * Holds every request that reaches the local Klaviyo against Klaviyo's published OpenAPI, also in a strict variant in
 * which unknown attributes are errors. Does nothing unless `KLAVIYO_OPENAPI` names the file.
 */
export function outboundContract(): OutboundContract {
  const file = process.env.KLAVIYO_OPENAPI;
  if (file === undefined || file === '') {
    return { check: () => undefined, assertKept: () => undefined };
  }
  validators ??= loadValidators(file);
  const known = validators;
  const broken: string[] = [];
  return {
    check(request) {
      const path = request.path.split('?')[0] ?? '';
      if (path.startsWith('/_')) {
        return;
      }
      if (JSON.stringify(request.body) === '{"data":{}}') {
        // Meant to be refused: that is how a key's scopes are found out without changing anything.
        return;
      }
      const operation = known.find((one) => one.method === request.method && one.path.test(path));
      if (operation === undefined) {
        broken.push(`${request.method} ${path}: no such operation`);
        return;
      }
      if (request.headers.revision !== '2026-07-15') {
        broken.push(`${request.method} ${path}: revision ${request.headers.revision}`);
      }
      for (const validate of operation.validators) {
        if (request.body !== undefined && !validate(request.body)) {
          broken.push(`${request.method} ${path}: ${JSON.stringify(validate.errors?.slice(0, 3))}`);
        }
      }
    },
    assertKept() {
      if (broken.length > 0) {
        throw new Error(
          `${broken.length} requests break Klaviyo's OpenAPI:\n${[...new Set(broken)].slice(0, 10).join('\n')}`,
        );
      }
    },
  };
}

function loadValidators(file: string): { method: string; path: RegExp; validators: ValidateFunction[] }[] {
  const api = JSON.parse(readFileSync(file, 'utf8')) as OpenApi;
  const strict = structuredClone(api);
  Object.values(strict.components.schemas).forEach((schema) => forbidUnknown(schema, false));
  const loose = compiler(api);
  const tight = compiler(strict);
  return Object.entries(api.paths).flatMap(([template, methods]) =>
    Object.entries(methods).map(([method, operation]) => {
      const content = Object.values(operation.requestBody?.content ?? {})[0];
      return {
        method: method.toUpperCase(),
        path: new RegExp(`^${template.replace(/\{[^}]+\}/g, '[^/]+')}/?$`),
        validators: content === undefined ? [] : [loose(content.schema), tight(content.schema)],
      };
    }),
  );
}

function compiler(api: OpenApi): (schema: Schema) => ValidateFunction {
  const ajv = new Ajv({ strict: false, allErrors: false });
  formats.default(ajv);
  ajv.addSchema({ $id: 'api', components: api.components });
  return (schema) =>
    ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"api#/components')) as Schema);
}

/** Makes unknown members errors, except where anything may stand. */
function forbidUnknown(node: unknown, isFreeForm: boolean): void {
  if (node === null || typeof node !== 'object') {
    return;
  }
  const schema = node as Schema;
  if (
    !isFreeForm &&
    schema.type === 'object' &&
    schema.properties !== undefined &&
    schema.additionalProperties === undefined
  ) {
    schema.additionalProperties = false;
  }
  for (const [name, member] of Object.entries(schema)) {
    if (name === 'properties' && typeof member === 'object' && member !== null) {
      Object.entries(member).forEach(([key, value]) => forbidUnknown(value, FREE_FORM.has(key)));
    } else {
      forbidUnknown(member, false);
    }
  }
}
