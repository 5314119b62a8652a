import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { EncryptionKey } from '#app/config.server.ts';
import type { Vault } from '#app/context.ts';
import { AppError } from '#app/domain/errors.ts';

const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Seals secrets as `v1.<keyId>.<iv>.<tag>.<cipher>`, bound to their place: copied elsewhere they do not open.
 * The first key seals, each of them opens. There is no plaintext fallback. Errors: AppError `unsealable`.
 */
export function openVault(keys: readonly EncryptionKey[]): Vault {
  const [sealing] = keys;
  if (!sealing) {
    throw new TypeError('a vault needs a key');
  }
  return {
    seal(plain, place) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv(CIPHER, sealing.key, iv, { authTagLength: TAG_BYTES });
      cipher.setAAD(Buffer.from(place, 'utf8'));
      const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      const parts = [iv, cipher.getAuthTag(), body].map((part) => part.toString('base64url'));
      return `v1.${sealing.id}.${parts.join('.')}`;
    },
    isCurrent: (sealed) => sealed.startsWith(`v1.${sealing.id}.`),
    open(sealed, place) {
      const [version, keyId, iv, tag, body, ...rest] = sealed.split('.');
      if (version !== 'v1' || !keyId || !iv || !tag || body === undefined || rest.length > 0) {
        throw unsealable(place, 'it is not a sealed value', 'Enter the secret again.');
      }
      const key = keys.find((candidate) => candidate.id === keyId);
      if (!key) {
        const remedy = `Add the key "${keyId}" to THREADLINE_ENCRYPTION_KEYS again, or enter the secret again.`;
        throw unsealable(place, `its key "${keyId}" is not among the encryption keys`, remedy);
      }
      try {
        const decipher = createDecipheriv(CIPHER, key.key, Buffer.from(iv, 'base64url'), {
          authTagLength: TAG_BYTES,
        });
        decipher.setAAD(Buffer.from(place, 'utf8'));
        decipher.setAuthTag(Buffer.from(tag, 'base64url'));
        return Buffer.concat([decipher.update(Buffer.from(body, 'base64url')), decipher.final()]).toString(
          'utf8',
        );
      } catch (cause) {
        const why = `it was changed or moved, or the key "${keyId}" is another one than it was sealed with`;
        throw unsealable(place, why, 'Restore the key that was used, or enter the secret again.', cause);
      }
    },
  };
}

const keyFile = z.array(z.object({ id: z.string(), key: z.string() })).min(1);

/** The keys of a laptop: `dataDir/keys.json`, made at first use. Production brings its own and never comes here. */
export function localKeys(dataDir: string): EncryptionKey[] {
  const file = path.join(dataDir, 'keys.json');
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const fresh = [{ id: 'local1', key: randomBytes(32).toString('base64') }];
  try {
    writeFileSync(file, `${JSON.stringify(fresh, null, 2)}\n`, { mode: 0o600, flag: 'wx', flush: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw error;
    }
  }
  try {
    const keys = keyFile.parse(JSON.parse(readFileSync(file, 'utf8')));
    return keys.map(({ id, key }) => ({ id, key: Buffer.from(key, 'base64') }));
  } catch (cause) {
    throw new AppError({
      code: 'bad_environment',
      retry: 'person',
      message: `${file} cannot be read`,
      hint: `The file of encryption keys ${file} is damaged. Restore it; without it the stored keys and passwords cannot be opened and must be entered again after removing it.`,
      where: { file },
      cause: cause instanceof Error ? cause.name : undefined, // the text may quote the keys
    });
  }
}

function unsealable(place: string, why: string, remedy: string, cause?: unknown): AppError {
  return new AppError({
    code: 'unsealable',
    retry: 'person',
    message: `the secret at ${place} cannot be opened: ${why}`,
    hint: `A stored secret (${place}) cannot be opened: ${why}. ${remedy}`,
    where: { path: place },
    cause,
  });
}
