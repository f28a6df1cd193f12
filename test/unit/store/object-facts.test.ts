import { expect } from 'chai';
import { keyText } from '../../../lib/api/kinds.ts';
import { assembleFacts, type Observation, type SourcedFile } from '../../../lib/store/object-facts.ts';
import type { StoredObject } from '../../../lib/store/store.ts';

function file(path: string, name: string, recipe = name, source: 'Specs' | 'State' = 'Specs') {
  const parsed = {
    kind: 'Canonical' as const,
    name,
    labels: {},
    annotations: {},
    spec: { app: { recipe } },
    digest: `digest-${recipe}`,
  };
  return { path, source, fileDigest: `bytes-${name}`, result: { ok: true as const, parsed, notes: [] } };
}

function broken(path: string): SourcedFile {
  return { path, source: 'Specs', fileDigest: 'broken', result: { ok: false, problems: [] } };
}

function object(name: string, path: string, overrides: Partial<StoredObject> = {}): StoredObject {
  return {
    kind: 'Canonical',
    name,
    uid: `uid-${name}`,
    path,
    source: 'Specs',
    labels: {},
    annotations: {},
    ownerReferences: [],
    creationTimestamp: '',
    generation: 1,
    validGeneration: 1,
    digest: `digest-${name}`,
    fileDigest: `bytes-${name}`,
    spec: { app: { recipe: name } },
    notes: [],
    requests: [],
    suspended: false,
    ...overrides,
  };
}

const missing = { state: 'Missing', missingSinceRunningMs: 0, requested: false } as const;

function observe(files: SourcedFile[], overrides: Partial<Observation> = {}): Observation {
  const concluded = { Specs: true, State: true };
  return { files, unsettled: new Set(), concluded, absentPaths: new Set(), ...overrides };
}

const unlisted = { concluded: { Specs: false, State: true } };

describe('assembleFacts', () => {
  const rows: [string, StoredObject[], Observation, Record<string, string>][] = [
    ['a new file', [], observe([file('/s/a', 'a')]), { a: 'Valid /s/a' }],
    [
      'two new files of one name: the first by path',
      [],
      observe([file('/s/1', 'a'), file('/s/2', 'a')]),
      { a: 'Valid /s/1' },
    ],
    [
      'the remembered path wins',
      [object('a', '/s/2')],
      observe([file('/s/1', 'a'), file('/s/2', 'a')]),
      { a: 'Valid /s/2' },
    ],
    ['broken at its path', [object('a', '/s/a')], observe([broken('/s/a')]), { a: 'Invalid' }],
    [
      'broken at its path, a copy elsewhere',
      [object('a', '/s/a')],
      observe([broken('/s/a'), file('/s/b', 'a')]),
      { a: 'Invalid' },
    ],
    ['gone', [object('a', '/s/a')], observe([]), { a: 'Absent' }],
    ['I7 gone from a listing with holes', [object('a', '/s/a')], observe([], unlisted), { a: 'Unknown' }],
    [
      'I7 gone, looked up, but nobody asked',
      [object('a', '/s/a')],
      observe([], { ...unlisted, absentPaths: new Set(['/s/a']) }),
      { a: 'Unknown' },
    ],
    [
      'gone, looked up, and somebody asked',
      [object('a', '/s/a', { deletion: { ...missing, requested: true } })],
      observe([], { ...unlisted, absentPaths: new Set(['/s/a']) }),
      { a: 'Absent' },
    ],
    ['T52 not settled', [object('a', '/s/a')], observe([], { unsettled: new Set(['/s/a']) }), { a: 'Unknown' }],
    ['moved', [object('a', '/s/a')], observe([file('/s/b', 'a')]), { a: 'Valid /s/b' }],
    [
      'moved and edited to another recipe',
      [object('a', '/s/a')],
      observe([file('/s/b', 'a', 'other')]),
      { a: 'Valid /s/b' },
    ],
    [
      'moved, and another file of another recipe',
      [object('a', '/s/a')],
      observe([file('/s/b', 'a', 'other'), file('/s/c', 'a')]),
      { a: 'Valid /s/c' },
    ],
    [
      'put back with another recipe while its deletion goes on',
      [object('a', '/s/a', { deletion: { ...missing, state: 'Started' } })],
      observe([file('/s/a', 'a', 'other')]),
      { a: 'Valid /s/a' },
    ],
    ['moved, in a listing with holes', [object('a', '/s/a')], observe([file('/s/b', 'a')], unlisted), { a: 'Unknown' }],
    [
      'moved, in a listing with holes, but looked up',
      [object('a', '/s/a')],
      observe([file('/s/b', 'a')], { ...unlisted, absentPaths: new Set(['/s/a']) }),
      { a: 'Valid /s/b' },
    ],
    [
      'two swapped their files',
      [object('a', '/s/a'), object('b', '/s/b')],
      observe([file('/s/a', 'b'), file('/s/b', 'a')]),
      { a: 'Valid /s/b', b: 'Valid /s/a' },
    ],
    ['renamed inside', [object('a', '/s/a')], observe([file('/s/a', 'b')]), { a: 'Absent', b: 'Valid /s/a' }],
    [
      'broken after it was renamed inside: the newer object is rejected, the older one stays gone',
      [object('a', '/s/a', { deletion: missing }), object('b', '/s/a')],
      observe([broken('/s/a')]),
      { a: 'Absent', b: 'Invalid' },
    ],
  ];
  for (const [reason, remembered, observation, expected] of rows) {
    it(reason, () => {
      const { byKey } = assembleFacts(remembered, observation);
      const found = [...byKey.values()].map(({ key, fact }) => [
        key.name,
        fact.fact === 'Valid' ? `Valid ${fact.file.path}` : fact.fact,
      ]);
      expect(Object.fromEntries(found)).to.deep.equal(expected);
    });
  }

  it('T58 names the file that is in force', () => {
    const { duplicates } = assembleFacts([object('a', '/s/2')], observe([file('/s/1', 'a'), file('/s/2', 'a')]));
    expect(duplicates.map(({ key, path, keptPath }) => [keyText(key), path, keptPath])).to.deep.equal([
      ['Canonical/a', '/s/1', '/s/2'],
    ]);
  });

  it('a Run of another recipe waits while the Run of that name goes, in the very file too', () => {
    const started = { ...missing, state: 'Started' } as const;
    for (const path of ['/s/a', '/s/b']) {
      const other = file(path, 'a', 'other');
      const seen = { ...other, result: { ...other.result, parsed: { ...other.result.parsed, kind: 'Run' } } };
      const { byKey, duplicates } = assembleFacts(
        [object('a', '/s/a', { kind: 'Run', deletion: started })],
        observe([seen as SourcedFile]),
      );
      expect(byKey.get('Run/a')!.fact).to.deep.equal({ fact: 'Absent' });
      expect(duplicates.map((one) => one.path)).to.deep.equal([path]);
    }
  });

  it('tells which object a file describes that was renamed inside', () => {
    const { byKey } = assembleFacts([object('a', '/s/a')], observe([file('/s/a', 'b')]));
    expect(byKey.get('Canonical/a')!.fact).to.deep.equal({ fact: 'Absent', holder: { kind: 'Canonical', name: 'b' } });
  });

  it('tells broken files that are nobody’s', () => {
    const { unknownFiles } = assembleFacts([object('a', '/s/a')], observe([broken('/s/a'), broken('/s/b')]));
    expect(unknownFiles.map(({ path }) => path)).to.deep.equal(['/s/b']);
  });
});
