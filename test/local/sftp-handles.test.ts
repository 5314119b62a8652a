import { writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '#test/builders/csv-files.ts';
import { createHandles } from '#workers/local/sftp/handles.ts';

test('a file that was being opened while its client went away does not stay open', async () => {
  await using folder = await temporaryFolder();
  const place = path.join(folder.path, 'a.csv');
  writeFileSync(place, 'a');
  const handles = createHandles();
  const file = await open(place, 'r');

  await handles.closeAll();
  const adding = handles.add({ kind: 'file', path: '/a.csv', file, isAppending: false, isWritten: false });

  await expect(adding).rejects.toThrow('the client is gone');
  expect(file.fd).toBe(-1);
});
