import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ROOT, readDocument } from './documents.ts';

describe('the walks in the documents', () => {
  it('name files that are there', () => {
    const rows = [...readDocument('docs/walks.md').text.matchAll(/^\| `([^`]+)` \| (.+) \|$/gm)];
    const files = rows.flatMap(([, room = '', names = '']) =>
      names.split(', ').map((name) => join(room, `${name}.ts`)),
    );
    expect(files).to.have.length.above(200);
    expect(files.filter((file) => !existsSync(join(ROOT, file)))).to.deep.equal([]);
  });
});
