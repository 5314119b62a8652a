import type { z } from 'zod';
import type { Context, Sql } from '../../context.ts';
import type { JsonObject } from '../../domain/records.ts';

/** One run of a task. It may be a repeat: `done` and `progress` are what an earlier run left. */
export type TaskRun<Input> = {
  taskId: string;
  connectionId: string | null;
  input: Input;
  actor: string;
  done: number;
  progress: JsonObject;
  /** Makes a step durable. With the `sql` of the step's own transaction neither can happen without the other. */
  save(step: { done: number; progress: JsonObject }, sql?: Sql): Promise<void>;
  /** Aborted when the process is asked to stop: return null at the next safe point and another process goes on. */
  signal: AbortSignal;
};

/** A kind of long work that a person asks for on a page. */
export type TaskKind<Input> = {
  schema: z.ZodType<Input, z.ZodTypeDef, unknown>;
  /** Works until all is done; the text tells the merchant what came of it. Null = interrupted. AppErrors end it as failed. */
  run(ctx: Context, shopId: string, run: TaskRun<Input>): Promise<string | null>;
};

export type NewTask = {
  kind: string;
  input: JsonObject;
  connectionId?: string | null;
  /** How many things there are to do, as far as known. */
  total?: number | null;
  actor: string;
};
