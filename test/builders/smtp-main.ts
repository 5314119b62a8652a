import { createInterface } from 'node:readline';
import { SMTPServer } from 'smtp-server';
import type { SmtpBehaviour } from './smtp.ts';

/** The process that `startSmtp` starts: an SMTP server with a log-in. It says where it listens and what it was given. */
const [port = '0', user = '', password = ''] = process.argv.slice(2);

let behaviour: SmtpBehaviour = { kind: 'accept' };

function refusal(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}

const server = new SMTPServer({
  authOptional: false,
  allowInsecureAuth: true,
  disabledCommands: ['STARTTLS'],
  disableReverseLookup: true,
  onAuth(auth, _session, done) {
    if (auth.username === user && auth.password === password) {
      done(null, { user });
      return;
    }
    // Servers have been seen to repeat what they were given.
    done(refusal(535, `wrong password ${auth.password} for ${auth.username}`));
  },
  onMailFrom(_address, _session, done) {
    done(behaviour.kind === 'busy' ? refusal(421, 'come back later') : null);
  },
  onRcptTo({ address }, _session, done) {
    if (behaviour.kind === 'refuse' && address === behaviour.recipient) {
      done(refusal(550, `no such mailbox ${address}`));
      return;
    }
    done(behaviour.kind === 'defer' ? refusal(450, `greylisted ${address}`) : null);
  },
  onData(stream, session, done) {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      if (behaviour.kind === 'hang') {
        return;
      }
      const to = session.envelope.rcptTo.map(({ address }) => address);
      say({ kind: 'mail', to, raw: Buffer.concat(chunks).toString('utf8') });
      if (behaviour.kind !== 'take-silently') {
        done();
      }
    });
  },
});
server.on('error', () => undefined); // clients that go away
server.listen(Number(port), '127.0.0.1', () => {
  const address = server.server.address();
  say({ kind: 'listening', port: typeof address === 'object' && address !== null ? address.port : 0 });
});

function say(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

for await (const line of createInterface({ input: process.stdin })) {
  behaviour = JSON.parse(line) as SmtpBehaviour;
  say({ kind: 'behaves' });
}
process.exit(0);
