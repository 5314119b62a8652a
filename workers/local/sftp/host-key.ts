import { createHash, randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import ssh2 from 'ssh2';

/**
 * The server's private key. With a path it is made once and kept there, so that a pinned fingerprint stays valid; two
 * servers that start at once agree on one key, and a kill in between leaves a whole key or none.
 */
export async function loadHostKey(path: string | undefined): Promise<string> {
  const { private: fresh } = createKeyPair();
  if (path === undefined) {
    return fresh;
  }
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (!isCode(error, 'ENOENT')) {
      throw error;
    }
  }
  await mkdir(dirname(path), { recursive: true });
  const partPath = `${path}.${randomUUID()}`;
  await writeFile(partPath, fresh, { mode: 0o600 });
  try {
    await link(partPath, path);
  } catch (error) {
    if (!isCode(error, 'EEXIST')) {
      throw error;
    }
  } finally {
    await rm(partPath, { force: true });
  }
  return readFile(path, 'utf8');
}

/**
 * An ed25519 key pair as OpenSSH writes it. ssh2 drops a zero byte at the beginning of the public key, so that one of 256
 * pairs is broken (https://github.com/mscdex/ssh2/issues/1390): those are thrown away.
 */
export function createKeyPair(): { private: string; public: string } {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519');
    if (!(ssh2.utils.parseKey(pair.public) instanceof Error)) {
      return pair;
    }
  }
}

/** `SHA256:…` as OpenSSH prints it. */
export function fingerprintOfHostKey(privateKey: string): string {
  const key = ssh2.utils.parseKey(privateKey);
  if (key instanceof Error) {
    throw key;
  }
  return `SHA256:${createHash('sha256').update(key.getPublicSSH()).digest('base64').replace(/=+$/, '')}`;
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
