import { once } from 'node:events';
import net from 'node:net';

export type CuttingProxy = {
  port: number;
  /** How many connections have been made so far. */
  connections(): number;
  /** Cuts the connection that is open once this many more bytes have come from the server. */
  cutAfter(bytes: number): void;
  cutNow(): void;
  /** Lets nothing through any more on the connections that are open, without closing them. */
  fallSilent(): void;
  /** Where later connections go. */
  leadTo(port: number): void;
} & AsyncDisposable;

/** A TCP proxy on loopback that breaks connections on demand. */
export async function startCuttingProxy(targetPort: number): Promise<CuttingProxy> {
  const pairs = new Set<{ client: net.Socket; server: net.Socket; isSilent: boolean }>();
  let port = targetPort;
  let count = 0;
  let remaining = Number.POSITIVE_INFINITY;

  function cutNow(): void {
    remaining = Number.POSITIVE_INFINITY;
    for (const { client, server } of pairs) {
      client.destroy();
      server.destroy();
    }
  }

  const proxy = net.createServer((client) => {
    count += 1;
    const pair = { client, server: net.connect(port, '127.0.0.1'), isSilent: false };
    const { server } = pair;
    pairs.add(pair);
    client.on('data', (bytes) => {
      if (!pair.isSilent) {
        server.write(bytes);
      }
    });
    server.on('data', (bytes) => {
      remaining -= bytes.length;
      if (remaining <= 0) {
        cutNow();
      } else if (!pair.isSilent) {
        client.write(bytes);
      }
    });
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        other.destroy();
        pairs.delete(pair);
      });
    }
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const address = proxy.address();

  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    connections: () => count,
    cutAfter(bytes) {
      remaining = bytes;
    },
    cutNow,
    fallSilent() {
      for (const pair of pairs) {
        pair.isSilent = true;
      }
    },
    leadTo(newPort) {
      port = newPort;
    },
    async [Symbol.asyncDispose]() {
      cutNow();
      proxy.close();
      await once(proxy, 'close');
    },
  };
}
