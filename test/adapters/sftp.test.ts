import { createHash, randomBytes } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
} from 'node:fs';
import path from 'node:path';
import ssh2 from 'ssh2';
import { expect } from 'vitest';
import { openSftp } from '#app/adapters/sftp.server.ts';
import type { SftpSession, SftpSettings } from '#app/domain/ports/sftp.ts';
import { temporaryFolder } from '#test/builders/csv-files.ts';
import { createKeyPair } from '#workers/local/sftp/host-key.ts';
import { SFTP_SERVERS, type SftpPlace } from '#test/builders/sftp-places.ts';

/** Opens a session that ends with the test. */
async function session(settings: SftpSettings): Promise<SftpSession & AsyncDisposable> {
  const opened = await openSftp(settings, { backoffMs: 1 });
  return { ...opened, [Symbol.asyncDispose]: () => opened.close() };
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Everything that a person or a log could see of an error. */
function shown(error: unknown): string {
  return error instanceof Error
    ? `${JSON.stringify(error)} ${error.message} ${error.stack} ${shown(error.cause)}`
    : '';
}

async function errorOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => new Error('nothing was thrown'),
    (error: unknown) => error,
  );
}

for (const { server, testOn } of SFTP_SERVERS) {
  testOn('a folder is listed with sizes, times and folders, and links are followed', async (place) => {
    const file = place.put('pending/customers.csv', 'PERIDX\n1\n');
    utimesSync(file, 1_700_000_000, 1_700_000_000);
    place.makeFolder('pending/au');
    symlinkSync('customers.csv', path.join(place.local, 'pending/linked.csv'));
    symlinkSync('nowhere', path.join(place.local, 'pending/broken.csv'));
    await using sftp = await session(place.settings);

    const files = await sftp.list(`${place.remote}/pending/`);

    expect(files.map(({ name }) => name).sort()).toEqual(['au', 'customers.csv', 'linked.csv']);
    expect(files.find(({ name }) => name === 'customers.csv')).toEqual({
      name: 'customers.csv',
      path: `${place.remote}/pending/customers.csv`,
      size: 9,
      modifiedAtMs: 1_700_000_000_000,
      isDirectory: false,
    });
    expect(files.find(({ name }) => name === 'linked.csv')).toMatchObject({ size: 9, isDirectory: false });
    expect(files.find(({ name }) => name === 'au')?.isDirectory).toBe(true);
  });

  testOn('more files than fit into one answer are all listed', async (place) => {
    for (let number = 0; number < 350; number += 1) {
      place.put(`pending/file ${number} ü.csv`, '');
    }
    await using sftp = await session(place.settings);

    const files = await sftp.list(`${place.remote}/pending`);

    expect(new Set(files.map(({ name }) => name)).size).toBe(350);
  });

  testOn('a missing folder is named, with what to do', async (place) => {
    await using sftp = await session(place.settings);

    await expect(sftp.list(`${place.remote}/pending/nz`)).rejects.toMatchObject({
      code: 'sftp_folder_missing',
      retry: 'person',
      hint: expect.stringContaining('/pending/nz'),
    });
  });

  testOn('what is not there has no stat', async (place) => {
    place.put('pending/a.csv', 'abc');
    await using sftp = await session(place.settings);

    expect(await sftp.stat(`${place.remote}/pending/a.csv`)).toMatchObject({ name: 'a.csv', size: 3 });
    expect(await sftp.stat(`${place.remote}/pending/b.csv`)).toBeNull();
    expect(await sftp.stat(`${place.remote}/nothing/b.csv`)).toBeNull();
    expect(await sftp.exists(`${place.remote}/pending/a.csv`)).toBe(true);
    expect(await sftp.exists(`${place.remote}/pending/b.csv`)).toBe(false);
  });

  testOn('a large file arrives whole, with its sha256, readable by this user only', async (place) => {
    const content = randomBytes(20 * 1024 * 1024 + 123);
    place.put('big.csv', content);
    await using folder = await temporaryFolder();
    await using sftp = await session(place.settings);
    const target = path.join(folder.path, 'spool/big');
    const steps: number[] = [];

    const result = await sftp.download(`${place.remote}/big.csv`, target, {
      expectedSize: content.length,
      onBytes: (bytes) => steps.push(bytes),
    });

    expect(result).toEqual({ bytes: content.length, sha256: sha256(content) });
    expect(readFileSync(target).equals(content)).toBe(true);
    expect(statSync(target).mode & 0o777).toBe(0o600);
    expect(readdirSync(path.dirname(target))).toEqual(['big']);
    expect(steps.at(-1)).toBe(content.length);
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
  });

  testOn('files of every size around the borders of a block arrive whole', async (place) => {
    await using folder = await temporaryFolder();
    await using sftp = await session(place.settings);
    for (const size of [0, 1, 131_071, 131_072, 131_073, 16 * 131_072, 16 * 131_072 + 1]) {
      const content = randomBytes(size);
      place.put('file.csv', content);

      const result = await sftp.download(`${place.remote}/file.csv`, path.join(folder.path, 'file'));

      expect(result).toEqual({ bytes: size, sha256: sha256(content) });
    }
  });

  testOn('a file of another size than was seen is not taken', async (place) => {
    place.put('half.csv', 'PERIDX\n1\n');
    await using folder = await temporaryFolder();
    await using sftp = await session(place.settings);

    const download = sftp.download(`${place.remote}/half.csv`, path.join(folder.path, 'half'), {
      expectedSize: 5,
    });

    await expect(download).rejects.toMatchObject({ code: 'sftp_file_changed', retry: 'later' });
    expect(readdirSync(folder.path)).toEqual([]);
  });

  for (const { change, what } of [
    { what: 'grows', change: (file: string) => appendFileSync(file, 'more') },
    { what: 'shrinks', change: (file: string) => truncateSync(file, 3_000_000) },
  ]) {
    testOn(`a file that ${what} while it is read is not taken`, async (place) => {
      const file = place.put('growing.csv', randomBytes(4 * 1024 * 1024));
      await using folder = await temporaryFolder();
      await using sftp = await session(place.settings);
      let isChanged = false;

      const download = sftp.download(`${place.remote}/growing.csv`, path.join(folder.path, 'growing'), {
        onBytes: () => {
          if (!isChanged) {
            change(file);
            isChanged = true;
          }
        },
      });

      await expect(download).rejects.toMatchObject({ code: 'sftp_file_changed', retry: 'later' });
      expect(readdirSync(folder.path)).toEqual([]);
    });
  }

  testOn('a file that is gone is said to be gone', async (place) => {
    await using folder = await temporaryFolder();
    await using sftp = await session(place.settings);

    await expect(
      sftp.download(`${place.remote}/gone.csv`, path.join(folder.path, 'x')),
    ).rejects.toMatchObject({
      code: 'sftp_file_missing',
    });
    await expect(sftp.move(`${place.remote}/gone.csv`, `${place.remote}/b.csv`)).rejects.toMatchObject({
      code: 'sftp_file_missing',
    });
  });

  testOn('a move never overwrites: a taken name gets a number before its extension', async (place) => {
    place.makeFolder('processed');
    await using sftp = await session(place.settings);
    const names: string[] = [];
    for (const content of ['first', 'second', 'third']) {
      place.put('pending/orders.csv', content);
      names.push(
        await sftp.move(`${place.remote}/pending/orders.csv`, `${place.remote}/processed/orders.csv`),
      );
    }

    expect(names).toEqual(
      ['orders.csv', 'orders-2.csv', 'orders-3.csv'].map((name) => `${place.remote}/processed/${name}`),
    );
    expect(readFileSync(path.join(place.local, 'processed/orders.csv'), 'utf8')).toBe('first');
    expect(readFileSync(path.join(place.local, 'processed/orders-3.csv'), 'utf8')).toBe('third');
    expect(readdirSync(path.join(place.local, 'pending'))).toEqual([]);
  });

  testOn('two sessions that move to one name at once lose nothing', async (place) => {
    place.makeFolder('processed');
    await using one = await session(place.settings);
    await using two = await session(place.settings);
    for (let round = 0; round < 10; round += 1) {
      place.put(`pending/a${round}.csv`, `a${round}`);
      place.put(`pending/b${round}.csv`, `b${round}`);

      const moved = await Promise.all([
        one.move(`${place.remote}/pending/a${round}.csv`, `${place.remote}/processed/x${round}.csv`),
        two.move(`${place.remote}/pending/b${round}.csv`, `${place.remote}/processed/x${round}.csv`),
      ]);

      expect(new Set(moved).size).toBe(2);
    }
    const contents = readdirSync(path.join(place.local, 'processed')).map((name) =>
      readFileSync(path.join(place.local, 'processed', name), 'utf8'),
    );
    expect(contents.sort()).toEqual(
      Array.from({ length: 10 }, (_, round) => [`a${round}`, `b${round}`])
        .flat()
        .sort(),
    );
  });

  testOn('a move into a folder that is missing names the folder and leaves the file', async (place) => {
    place.put('pending/a.csv', 'a');
    await using sftp = await session(place.settings);

    const move = sftp.move(`${place.remote}/pending/a.csv`, `${place.remote}/processed/au/a.csv`);

    await expect(move).rejects.toMatchObject({ code: 'sftp_folder_missing' });
    expect(existsSync(path.join(place.local, 'pending/a.csv'))).toBe(true);
  });

  testOn('folders are created with their parents, by two at once, and again', async (place) => {
    await using one = await session(place.settings);
    await using two = await session(place.settings);
    const folder = `${place.remote}/processed/au/2026`;

    await Promise.all([one.ensureDirectory(folder), two.ensureDirectory(`${folder}/`)]);
    await one.ensureDirectory(folder);

    expect((await one.stat(folder))?.isDirectory).toBe(true);
    await one.upload(Buffer.from('x'), `${folder}/file`);
    await expect(one.ensureDirectory(`${folder}/file/below`)).rejects.toThrow();
  });

  testOn('an upload replaces and leaves nothing hidden behind', async (place) => {
    place.makeFolder('pending');
    await using folder = await temporaryFolder();
    await using sftp = await session(place.settings);
    const content = randomBytes(300_000);
    const remote = `${place.remote}/pending/up.csv`;

    await sftp.upload(Buffer.from('old'), remote);
    await sftp.upload(content, remote);
    await sftp.download(remote, path.join(folder.path, 'down'));
    await sftp.upload(path.join(folder.path, 'down'), `${place.remote}/pending/again.csv`);

    expect(readFileSync(path.join(place.local, 'pending/up.csv')).equals(content)).toBe(true);
    expect(readFileSync(path.join(place.local, 'pending/again.csv')).equals(content)).toBe(true);
    expect(readdirSync(path.join(place.local, 'pending')).sort()).toEqual(['again.csv', 'up.csv']);
    await expect(sftp.upload(content, `${place.remote}/nowhere/up.csv`)).rejects.toMatchObject({
      code: 'sftp_folder_missing',
    });
  });

  testOn('removing what is gone already is no error', async (place) => {
    place.put('a.csv', 'a');
    await using sftp = await session(place.settings);

    await sftp.remove(`${place.remote}/a.csv`);
    await sftp.remove(`${place.remote}/a.csv`);

    expect(existsSync(path.join(place.local, 'a.csv'))).toBe(false);
  });

  testOn('many requests may run on one session at once', async (place) => {
    for (let number = 0; number < 20; number += 1) {
      place.put(`${number}.csv`, randomBytes(200_000 + number));
    }
    await using folder = await temporaryFolder();
    await using sftp = await session(place.settings);

    const results = await Promise.all(
      Array.from({ length: 20 }, (_, number) =>
        sftp.download(`${place.remote}/${number}.csv`, path.join(folder.path, `${number}`)),
      ),
    );

    expect(results.map(({ bytes }) => bytes)).toEqual(
      Array.from({ length: 20 }, (_, number) => 200_000 + number),
    );
  });

  testOn('a server without a pinned key is trusted once and tells its key', async (place) => {
    await using sftp = await session({ ...place.settings, hostKey: null });

    expect(sftp.hostKey).toBe(place.settings.hostKey);
    expect(sftp.hostKey).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
  });

  testOn(
    'a server with another key than the pinned one is refused, and both keys are named',
    async (place) => {
      const pinned = `SHA256:${'A'.repeat(43)}`;

      const error = await errorOf(openSftp({ ...place.settings, hostKey: pinned }));

      expect(error).toMatchObject({ code: 'sftp_host_key_changed', retry: 'person' });
      expect(shown(error)).toContain(pinned);
      expect(shown(error)).toContain(place.settings.hostKey);
    },
  );

  testOn(
    'the password logs in where the server has one; a wrong one is refused without being shown',
    async (place) => {
      const { privateKey: _key, ...settings } = place.settings;
      if (place.password !== null) {
        await using sftp = await session({ ...settings, password: place.password });
        expect(await sftp.exists(`${place.remote}/`)).toBe(true);
      }

      const error = await errorOf(openSftp({ ...settings, password: 'wrong-Secret-1' }));

      expect(error).toMatchObject({ code: 'sftp_login_refused', retry: 'person' });
      expect(shown(error)).not.toContain('wrong-Secret-1');
    },
  );

  testOn('a key that the server does not know is refused, an unreadable one is called so', async (place) => {
    const { private: stranger } = createKeyPair();
    const locked = ssh2.utils.generateKeyPairSync('ed25519', {
      passphrase: 'Secret-2',
      cipher: 'aes256-ctr',
      rounds: 4,
    }).private;
    const withKey = (privateKey: string, passphrase?: string): Promise<unknown> =>
      errorOf(openSftp({ ...place.settings, privateKey, passphrase }));

    expect(await withKey(stranger)).toMatchObject({ code: 'sftp_login_refused' });
    expect(await withKey('-----BEGIN NONSENSE-----')).toMatchObject({
      code: 'sftp_private_key',
      retry: 'person',
    });
    expect(await withKey(locked)).toMatchObject({ code: 'sftp_private_key' });
    const error = await withKey(locked, 'Secret-3');
    expect(error).toMatchObject({ code: 'sftp_private_key' });
    expect(shown(error)).not.toContain('Secret-3');
  });

  testOn('a closed session does nothing more', async (place) => {
    const sftp = await openSftp(place.settings);

    await sftp.close();
    await sftp.close();

    await expect(sftp.list(`${place.remote}/`)).rejects.toThrow('closed');
  });

  testOn('what the user may not touch is refused with the path', async (place) => {
    await refusePermission(server, place);
  });
}

/** OpenSSH: a folder without rights. The local server, which may run as root: a link that leads out of its folder. */
async function refusePermission(server: string, place: SftpPlace): Promise<void> {
  await using outside = await temporaryFolder();
  const folder = place.makeFolder('secret');
  if (server === 'OpenSSH') {
    chmodSync(folder, 0o000);
  } else {
    symlinkSync(outside.path, path.join(folder, 'out'));
  }
  await using sftp = await session(place.settings);

  const listing = sftp.list(server === 'OpenSSH' ? `${place.remote}/secret` : `${place.remote}/secret/out`);

  await expect(listing).rejects.toMatchObject({
    code: 'sftp_permission_denied',
    retry: 'person',
    hint: expect.stringContaining('/secret'),
  });
  chmodSync(folder, 0o755);
}
