import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ROOT, readDocument } from './documents.ts';

describe('the rooms of docs/architecture.md', () => {
  it('are all that there are', () => {
    const rows = readDocument('docs/architecture.md')
      .text.split('\n')
      .filter((line) => line.startsWith('| `lib/'));
    const named = rows.flatMap((row) =>
      [...(row.split('|')[1] ?? '').matchAll(/`(lib\/[\w-]+)`/g)].map(([, room]) => room),
    );
    const rooms = readdirSync(join(ROOT, 'lib'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(named.toSorted()).to.deep.equal(rooms.map(({ name }) => `lib/${name}`).toSorted());
  });
});
