import { once } from 'node:events';
import ssh2, { type Attributes, type Connection, type SFTPWrapper } from 'ssh2';
import { createKeyPair } from '#workers/local/sftp/host-key.ts';

const { STATUS_CODE } = ssh2.utils.sftp;

export type OddSftpOptions = {
  content: Buffer;
  /** Refuses further reads while so many are on their way. */
  readsInFlight?: number;
  /** Gives at most so many bytes per read. */
  bytesPerRead?: number;
  /** Answers "failure" instead of "no such file". */
  missingIsFailure?: boolean;
  /** Knows no FSTAT. */
  withoutFstat?: boolean;
};

/** An SFTP server that follows the protocol to the letter and no further. It serves `/odd.csv` to anybody. */
export async function startOddSftp(
  options: OddSftpOptions,
): Promise<{ port: number; largestFlight(): number } & AsyncDisposable> {
  const { private: hostKey } = createKeyPair();
  const clients = new Set<Connection>();
  const flight = { now: 0, largest: 0 };
  const server = new ssh2.Server({ hostKeys: [hostKey] }, (client) => {
    clients.add(client);
    client.on('authentication', (login) => login.accept());
    client.on('session', (accept) => {
      accept().on('sftp', (acceptSftp) => answerOddly(acceptSftp(), options, flight));
    });
    client.on('error', () => undefined);
    client.on('close', () => clients.delete(client));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    largestFlight: () => flight.largest,
    async [Symbol.asyncDispose]() {
      for (const client of clients) {
        client.end();
      }
      server.close();
      await once(server, 'close');
    },
  };
}

function answerOddly(
  sftp: SFTPWrapper,
  options: OddSftpOptions,
  flight: { now: number; largest: number },
): void {
  const {
    content,
    readsInFlight = Number.POSITIVE_INFINITY,
    bytesPerRead = Number.POSITIVE_INFINITY,
  } = options;
  const attributes: Attributes = { mode: 0o100644, uid: 0, gid: 0, size: content.length, atime: 1, mtime: 1 };
  const missing = options.missingIsFailure === true ? STATUS_CODE.FAILURE : STATUS_CODE.NO_SUCH_FILE;
  let listed = false;
  sftp.on('STAT', (id, path) =>
    path === '/odd.csv' ? sftp.attrs(id, attributes) : sftp.status(id, missing),
  );
  sftp.on('FSTAT', (id) =>
    options.withoutFstat === true ? sftp.status(id, STATUS_CODE.OP_UNSUPPORTED) : sftp.attrs(id, attributes),
  );
  sftp.on('OPEN', (id) => sftp.handle(id, Buffer.from('file')));
  sftp.on('CLOSE', (id) => sftp.status(id, STATUS_CODE.OK));
  sftp.on('OPENDIR', (id) => {
    listed = false;
    sftp.handle(id, Buffer.from('folder'));
  });
  sftp.on('READDIR', (id) => {
    if (listed) {
      sftp.status(id, STATUS_CODE.EOF);
    } else {
      // No long name and no mode: nothing obliges a server to give them.
      sftp.name(id, [
        {
          filename: 'odd.csv',
          longname: '',
          attrs: { size: content.length, atime: 1, mtime: 1 } as Attributes,
        },
      ]);
    }
    listed = true;
  });
  sftp.on('READ', (id, _handle, offset, length) => {
    flight.now += 1;
    flight.largest = Math.max(flight.largest, flight.now);
    const isTooMany = flight.now > readsInFlight;
    setTimeout(() => {
      flight.now -= 1;
      if (isTooMany) {
        sftp.status(id, STATUS_CODE.FAILURE);
      } else if (offset >= content.length) {
        sftp.status(id, STATUS_CODE.EOF);
      } else {
        sftp.data(id, content.subarray(offset, offset + Math.min(length, bytesPerRead)));
      }
    }, 1);
  });
}
