import { expect } from 'chai';
import fc from 'fast-check';
import { CcError, type ErrorCode } from '../../../lib/errors.ts';
import type { GateCode } from '../../../lib/gate/gate-rules.ts';
import { readNotes } from '../../../lib/gate/read-notes.ts';
import { LONGEST_NOTE, noteFindings, type ReleaseNote, releaseNote } from '../../../lib/gate/release-note.ts';
import type { DirectoryEntry } from '../../../lib/recipe/mirror-files.ts';
import type { VersionTag } from '../../../lib/recipe/version.ts';
import { steers } from '../../../lib/terminal-text.ts';
import { codeOf as errorCodeOf } from '../../contract/platform/platform-contract.ts';

const codeOf = (text: string): GateCode | undefined => {
  const note = releaseNote('1.0.0+1.0.0', text, 'OnTheWay');
  return note === undefined ? undefined : noteFindings(note)[0]?.code;
};

const NOTES: readonly (readonly [code: GateCode | undefined, text: string])[] = [
  // The two notes that public recipes have.
  [
    'NoteStrong',
    'ATTENTION: this is the first release and contains a couple of breaking changes. Start the env file afresh.',
  ],
  ['NoteStrong', 'The search backend was removed. If you want to use a search backend switch to sonic.'],
  ['NoteStrong', 'breaking\n   change'],
  ['NoteFair', 'The env was restructured'],
  ['NoteFair', 'Settings moved to a config file'],
  ['NoteFair', 'Run pg_upgrade'],
  ['NoteFair', 'Add MAIL_FROM to your .env'],
  ['NoteFair', 'A value in .env has to be changed'],
  ['NoteFair', 'SECRET GENERATE is needed'],
  ['NoteWritten', 'The file .env is read first'],
  ['NoteWritten', 'non-breaking changes'],
  ['NoteWritten', 'Faster now.'],
  ['NoteWritten', 'Bump postgres from 15 to 16, then dump'],
  ['NoteWritten', 'Upgrade postgres to 16'],
  [undefined, 'No manual steps needed.'],
  [undefined, 'No breaking changes'],
  [undefined, '- Bump nginx from 1.25.1 to 1.25.3\n- Fix lint\n\n- Update the docs.\n'],
  [undefined, 'Adds an optional overlay compose.smtp.yml'],
  ['NoteStrong', 'No breaking changes\nBut the cache was removed'],
  [undefined, ''],
  [undefined, ' \n\t\n'],
  [undefined, '\u200b\u001b[2K'],
  ['UnsureNote', 'a\0b'],
  ['UnsureNote', 'a\ufffdb'],
];

describe('a release note', () => {
  for (const [code, text] of NOTES) {
    it(`${JSON.stringify(text.slice(0, 60))} ${code === undefined ? 'holds nothing' : `is ${code}`}`, () => {
      expect(codeOf(text)).to.equal(code);
    });
  }

  it('T90 cannot steer a terminal, is bounded, and says where it is cut', () => {
    const long = releaseNote('x\u001b[2J\n1', `\u001b]0;title\u0007\u202e${'a'.repeat(LONGEST_NOTE * 3)}`, 'OnTheWay');
    expect(long?.state).to.equal('Cut');
    expect([...(long?.text ?? '')]).to.have.length(LONGEST_NOTE);
    expect(steers(`${long?.name}${long?.text}`)).to.equal(false);
    expect(long?.name).not.to.include('\n');
  });

  it('any text that is not whole lines known as harmless holds; findings are one bounded line', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 300 });
    fc.assert(
      fc.property(text, fc.constantFrom('', 'Fix lint\n', 'Nothing to do\n'), (said, before) => {
        const content = `${before}Please ${said}`;
        const note = releaseNote('1.0.0', content, 'OnTheWay');
        expect(note).not.to.equal(undefined);
        const findings = noteFindings(note!);
        expect(findings).to.have.length(1);
        expect(steers(findings[0]!.detail) || findings[0]!.detail.includes('\n')).to.equal(false);
        expect([...findings[0]!.detail].length).to.be.at.most(400);
      }),
    );
  });

  it('a hostile text takes no time that grows by more than its length', () => {
    for (const piece of ['.env ', 'add '.repeat(30), 'bump a', 'no ', '- ', '\u001b[', 'secret ']) {
      expect(codeOf(piece.repeat(50_000).slice(0, 250_000))).to.be.a('string');
    }
  });
});

describe('the notes of a long way', () => {
  const tag = (name: string): VersionTag => ({ tag: name, commit: 'a'.repeat(40), recipe: name, upstream: '' });
  const tags = Array.from({ length: 150 }, (_, index) => tag(`1.0.${150 - index}`));
  const way = { from: { version: '1.0.0', commit: 'b'.repeat(40) }, to: tags[0]!, tags };
  const { signal } = new AbortController();
  const states = (notes: readonly ReleaseNote[]) => notes.map(({ name, state }) => [name, state]);

  it('are looked for at so many versions; what is left holds', async () => {
    let looked = 0;
    const listDirectory = async (): Promise<'Absent'> => {
      looked += 1;
      return 'Absent';
    };
    const notes = await readNotes({ listDirectory, readFile: async () => undefined }, way, signal);
    expect(states(notes)).to.deep.equal([['and 50 more versions', 'Unreadable']]);
    expect(looked).to.equal(102);
  });

  it('are read, so many of them; what is left holds', async () => {
    const entries = Array.from({ length: 60 }, (_, index): DirectoryEntry => {
      return { name: `1.0.1+${index}`, kind: 'File', object: `${index}`, bytes: 9 };
    });
    const reader = { listDirectory: async () => entries, readFile: async () => 'Fix lint.' };
    const notes = await readNotes(reader, { ...way, tags: [] }, signal);
    expect(notes).to.have.length(51);
    expect(states(notes).at(-1)).to.deep.equal(['and 10 more notes', 'Unreadable']);
  });

  it('cannot be listed: that holds; what is not the recipe’s fault is thrown', async () => {
    const failing = (code: ErrorCode) => ({
      listDirectory: () => Promise.reject(new CcError(code, 'no')),
      readFile: async () => undefined,
    });
    const short = { ...way, tags: [] };
    expect(states(await readNotes(failing('InvalidInput'), short, signal))).to.deep.equal([['release', 'Unreadable']]);
    expect(await errorCodeOf(readNotes(failing('Unreachable'), short, signal))).to.equal('Unreachable');
    expect(await errorCodeOf(readNotes(failing('Aborted'), short, signal))).to.equal('Aborted');
  });
});
