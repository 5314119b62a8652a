import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import Papa from 'papaparse';
import { expect } from 'vitest';
import type { Context } from '#app/context.ts';
import { flowBackNow, type FlowBack } from '#app/pipeline/consent-back/flow-back.ts';
import { loadConnections } from '#app/pipeline/load-connections.ts';
import type { World } from './world.ts';

type Deed = '_subscribe' | '_unsubscribe' | '_suppress';

/** What a person does in Klaviyo, or Klaviyo with a person. */
export async function inKlaviyo(world: World, deed: Deed, person: object): Promise<void> {
  const answer = await fetch(`${world.klaviyo.url}/${deed}`, {
    method: 'POST',
    body: JSON.stringify(person),
  });
  expect(answer.status).toBe(200);
}

/** Looks who left and writes the file now, as `threadline consent` does. */
export async function flowBack(world: World, ctx: Context = world.ctx): Promise<FlowBack> {
  const [scope] = await loadConnections(ctx, world.shopId, 'Klaviyo AU');
  if (scope === undefined) {
    throw new Error('the world has no connection Klaviyo AU');
  }
  return flowBackNow(ctx, scope);
}

/** Names in a folder of the SFTP server, hidden ones included. */
export function filesIn(world: World, folder = '/outbound/au'): string[] {
  const place = path.join(world.sftpRoot, folder);
  return existsSync(place) ? readdirSync(place).sort() : [];
}

/** Rows of a file on the SFTP server by Apparel21's key. */
export function rowsOf(world: World, remotePath: string): Record<string, Record<string, string>> {
  const text = readFileSync(path.join(world.sftpRoot, remotePath), 'utf8');
  const { data } = Papa.parse<Record<string, string>>(text.trimEnd(), { header: true });
  return Object.fromEntries(data.map((row) => [row['PERIDX'] ?? '', row]));
}
