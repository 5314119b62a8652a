import { expect, test } from 'vitest';
import { apiKey, benchOn, getLists, httpServer, importProfiles } from './klaviyo-bench.ts';

test('sends the body as it is, with the key, the revision and both media types', async () => {
  await using server = await httpServer((response) => response.writeHead(202).end());
  await using bench = benchOn(server.url, { version: '1.2.3' });
  await bench.client.send(importProfiles);
  expect(server.seen).toMatchObject([
    {
      method: 'POST',
      url: '/api/profile-bulk-import-jobs',
      body: importProfiles.body,
      headers: {
        authorization: `Klaviyo-API-Key ${apiKey}`,
        revision: '2026-07-15',
        'content-type': 'application/vnd.api+json',
        accept: 'application/vnd.api+json',
        'user-agent': 'threadline/1.2.3',
        'content-length': String(Buffer.byteLength(importProfiles.body ?? '')),
      },
    },
  ]);
});

test('a GET has no body and no content type, and its query arrives as it was written', async () => {
  await using server = await httpServer((response) => response.end('{}'));
  await using bench = benchOn(`${server.url}/proxy/`);
  await bench.client.send(getLists);
  expect(server.seen[0]?.url).toBe(`/proxy${getLists.path}`);
  expect(server.seen[0]?.body).toBe('');
  expect(server.seen[0]?.headers['content-type']).toBeUndefined();
});

test('gives the parsed body, lower-cased headers and the request id of an answer', async () => {
  await using server = await httpServer((response) => {
    response.setHeader('X-Klaviyo-Partial-Failure', 'phone_number');
    response.setHeader('CF-Ray', '8f0a-SYD');
    response.setHeader('Set-Cookie', 'a=b');
    response.writeHead(200, { 'content-type': 'application/vnd.api+json' }).end('{"data":[{"id":"Zoë"}]}');
  });
  await using bench = benchOn(server.url);
  const answer = await bench.client.send(getLists);
  expect(answer).toMatchObject({
    outcome: 'answered',
    status: 200,
    body: { data: [{ id: 'Zoë' }] },
    headers: { 'x-klaviyo-partial-failure': 'phone_number' },
    requestId: '8f0a-SYD',
  });
  expect(JSON.stringify(answer)).not.toContain('a=b');
});

test.each([
  [202, '', null],
  [204, '', null],
  [400, '{"errors":[{"code":"invalid"}]}', { errors: [{ code: 'invalid' }] }],
  [401, '{"errors":[]}', { errors: [] }],
  [403, '<html>Forbidden</html>', null],
  [404, '', null],
  [409, '{"errors":[{"code":"duplicate_profile"}]}', { errors: [{ code: 'duplicate_profile' }] }],
  [413, '<html>Request Entity Too Large</html>', null],
  [415, '{"errors":[', null],
])('status %d with the body %j is an answer', async (status, text, body) => {
  await using server = await httpServer((response) => response.writeHead(status).end(text));
  await using bench = benchOn(server.url);
  expect(await bench.client.send(importProfiles)).toMatchObject({
    outcome: 'answered',
    status,
    body,
    requestId: null,
  });
});

test('follows no redirect: the key stays with the host it was meant for', async () => {
  await using elsewhere = await httpServer((response) => response.end('{}'));
  await using server = await httpServer((response) =>
    response.writeHead(302, { location: `${elsewhere.url}/api/lists` }).end(),
  );
  await using bench = benchOn(server.url);
  expect(await bench.client.send(getLists)).toMatchObject({ outcome: 'answered', status: 302 });
  expect(elsewhere.seen).toEqual([]);
});

test('connections are kept and used again', async () => {
  await using server = await httpServer((response) => response.end('{}'));
  await using bench = benchOn(server.url);
  for (let count = 0; count < 20; count += 1) {
    await bench.client.send(getLists);
  }
  // Two: the next request may start while the last answer's connection is just being freed.
  expect(new Set(server.seen.map((request) => request.port)).size).toBeLessThanOrEqual(2);
});
