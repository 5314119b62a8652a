import { expect, test } from 'vitest';
import { benchOn, getLists, httpServer, importProfiles, tcpServer } from './klaviyo-bench.ts';

test.each([500, 502, 503, 504, 524, 529])('status %d may have been done or not', async (status) => {
  await using server = await httpServer((response) =>
    response.writeHead(status, { 'content-type': 'text/html' }).end('<html>Bad gateway</html>'),
  );
  await using bench = benchOn(server.url);
  expect(await bench.client.send(importProfiles)).toEqual({
    outcome: 'ambiguous',
    reason: `Klaviyo answered ${String(status)}`,
    status,
  });
});

test.each(['{"data":[{"id":', '<html>Welcome to the hotel</html>', 'null and void'])(
  'a success whose body is %j is no proof of anything',
  async (text) => {
    await using server = await httpServer((response) => response.writeHead(200).end(text));
    await using bench = benchOn(server.url);
    expect(await bench.client.send(getLists)).toMatchObject({ outcome: 'ambiguous', status: 200 });
  },
);

test('a connection reset before the answer is ambiguous', async () => {
  await using server = await httpServer((response) => response.socket?.resetAndDestroy());
  await using bench = benchOn(server.url);
  expect(await bench.client.send(importProfiles)).toMatchObject({ outcome: 'ambiguous', status: null });
  expect(bench.client.counts()).toEqual({ importProfiles: 1 });
});

test('a connection reset in the middle of the answer is ambiguous', async () => {
  await using server = await httpServer((response) => {
    response.writeHead(202, { 'content-length': '1000' });
    response.write('{"data":', () => response.socket?.resetAndDestroy());
  });
  await using bench = benchOn(server.url);
  // Whether the status still arrived before the reset is the network's choice.
  expect(await bench.client.send(importProfiles)).toMatchObject({ outcome: 'ambiguous' });
});

test('an answer that ends before its announced length is ambiguous', async () => {
  await using server = await tcpServer((socket) => {
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"data":[]}'));
  });
  await using bench = benchOn(`http://127.0.0.1:${String(server.port)}`);
  expect(await bench.client.send(getLists)).toMatchObject({ outcome: 'ambiguous', status: 200 });
});

test('an answer that is no HTTP is ambiguous', async () => {
  await using server = await tcpServer((socket) => {
    socket.once('data', () => socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
  });
  await using bench = benchOn(`http://127.0.0.1:${String(server.port)}`);
  expect(await bench.client.send(getLists)).toMatchObject({ outcome: 'ambiguous', status: null });
});

test('early hints are no answer', async () => {
  await using server = await tcpServer((socket) => {
    socket.once('data', () => socket.end('HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n'));
  });
  await using bench = benchOn(`http://127.0.0.1:${String(server.port)}`);
  expect(await bench.client.send(getLists)).toMatchObject({ outcome: 'ambiguous', status: null });
});

test('no answer in time is ambiguous', async () => {
  await using server = await httpServer(() => undefined);
  await using bench = benchOn(server.url, { timeouts: { headersMs: 100 } });
  expect(await bench.client.send(importProfiles)).toEqual({
    outcome: 'ambiguous',
    reason: 'no answer in time (UND_ERR_HEADERS_TIMEOUT)',
    status: null,
  });
});

test('an answer that stops half-way is ambiguous', async () => {
  await using server = await httpServer((response) => response.writeHead(200).write('{"data":'));
  await using bench = benchOn(server.url, { timeouts: { bodyMs: 100 } });
  expect(await bench.client.send(getLists)).toMatchObject({ outcome: 'ambiguous', status: 200 });
});

test('an answer that trickles for ever is cut off', async () => {
  await using server = await httpServer((response) => {
    const drip = setInterval(() => response.write(' '), 20);
    response.on('close', () => clearInterval(drip));
  });
  await using bench = benchOn(server.url, { timeouts: { totalMs: 200 } });
  expect(await bench.client.send(getLists)).toEqual({
    outcome: 'ambiguous',
    reason: 'no complete answer in time',
    status: 200,
  });
});

test('an endless answer is cut off, and the client lives on', async () => {
  await using server = await httpServer((response, request) => {
    if (request.url.endsWith('small')) {
      response.end('{}');
      return;
    }
    for (let count = 0; count < 50; count += 1) {
      response.write('x'.repeat(1_000));
    }
  });
  await using bench = benchOn(server.url, { maxAnswerBytes: 10_000 });
  expect(await bench.client.send(getLists)).toEqual({
    outcome: 'ambiguous',
    reason: 'the answer is longer than 10000 bytes',
    status: 200,
  });
  expect(await bench.client.send({ ...getLists, path: '/small' })).toMatchObject({ outcome: 'answered' });
});

test('a port where nobody listens means that nothing was sent', async () => {
  const server = await tcpServer(() => undefined);
  await server[Symbol.asyncDispose]();
  await using bench = benchOn(`http://127.0.0.1:${String(server.port)}`);
  expect(await bench.client.send(importProfiles)).toEqual({
    outcome: 'not-sent',
    reason: 'connection refused (ECONNREFUSED)',
  });
  expect(bench.client.counts()).toEqual({});
});

test('a host name that does not exist means that nothing was sent', async () => {
  await using bench = benchOn('http://klaviyo.invalid');
  expect(await bench.client.send(importProfiles)).toMatchObject({ outcome: 'not-sent' });
});

test('a connection that is not ready in time means that nothing was sent', async () => {
  await using server = await tcpServer(() => undefined);
  await using bench = benchOn(`https://127.0.0.1:${String(server.port)}`, { timeouts: { connectMs: 100 } });
  expect(await bench.client.send(importProfiles)).toEqual({
    outcome: 'not-sent',
    reason: 'no connection in time (UND_ERR_CONNECT_TIMEOUT)',
  });
});

test('a connection that breaks while it is being secured means that nothing was sent', async () => {
  await using server = await tcpServer((socket) => socket.once('data', () => socket.resetAndDestroy()));
  await using bench = benchOn(`https://127.0.0.1:${String(server.port)}`);
  expect(await bench.client.send(importProfiles)).toMatchObject({ outcome: 'not-sent' });
  expect(bench.client.counts()).toEqual({});
});
