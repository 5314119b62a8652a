import type { Context } from '../../context.ts';
import { toYaml } from '../../domain/shop-file.ts';
import { readShopFile } from '../../queries/shop-file.server.ts';
import type { Download } from './download.ts';

/** A shop's configuration as shop.yaml, without secrets. Null: the shop has no settings. */
export async function shopFileDownload(ctx: Context, shopId: string): Promise<Download | null> {
  const config = await readShopFile(ctx, shopId);
  return config === null
    ? null
    : { filename: 'shop.yaml', contentType: 'application/yaml; charset=utf-8', body: lines(toYaml(config)) };
}

async function* lines(yaml: string): AsyncGenerator<string> {
  yield '# Threadline: all settings of a shop. Each ${NAME} stands for a secret, which is not in this file.\n';
  yield yaml;
}
