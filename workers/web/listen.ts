import type { Server } from 'node:http';
import { AppError } from '#app/domain/errors.ts';

const GRACE_MS = 3_000;

/** Opens the port (0 = a free one) and returns the address for people. AppError `port_taken`. */
export function listen(server: Server, port: number, host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? portTaken(port, error) : error);
    });
    server.listen(port, host, () => {
      const address = server.address();
      const taken = address !== null && typeof address === 'object' ? address.port : port;
      resolve(`http://${hostInUrl(host)}:${taken}`);
    });
  });
}

/** Takes nothing new and lets what is under way finish, for three seconds at most. */
export async function stop(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeIdleConnections();
  const impatience = setTimeout(() => server.closeAllConnections(), GRACE_MS);
  await closed;
  clearTimeout(impatience);
}

function hostInUrl(host: string): string {
  if (['127.0.0.1', '::1', '0.0.0.0', '::'].includes(host)) {
    return 'localhost';
  }
  return host.includes(':') ? `[${host}]` : host;
}

function portTaken(port: number, cause: Error): AppError {
  return new AppError({
    code: 'port_taken',
    retry: 'person',
    message: `port ${port} is in use`,
    hint: `Another program uses port ${port}. Stop it, or choose another port.`,
    cause,
  });
}
