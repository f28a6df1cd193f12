import { expect } from 'chai';
import fc from 'fast-check';
import type { ForgeComment } from '../../../lib/forge/forge.ts';
import { askSince, withListing } from '../../../lib/forge/taken.ts';
import { newTriggerRecord } from '../../../lib/forge/trigger-record.ts';

const NOW = '2026-11-28T20:00:00Z';
const empty = () => newTriggerRecord('https://forge.example.org', 'recipes/notes');

function comment(id: number, body: string, more: Partial<ForgeComment> = {}): ForgeComment {
  const time = `2026-11-28T19:55:${String(id % 60).padStart(2, '0')}Z`;
  const url = `https://forge.example.org/recipes/notes/pulls/1#issuecomment-${id}`;
  return { id, kind: 'Comment', pull: 1, author: 'member', body, createdTime: time, updatedTime: time, url, ...more };
}

describe('what a listing of comments brings', () => {
  it('is only marked at first', () => {
    const record = withListing(empty(), { comments: [comment(3, '!testme'), comment(4, 'hello')], time: NOW }, 'Mark');
    expect(record).to.deep.include({ commands: [], seen: ['c3'], enrolled: true, since: '2026-11-28T19:55:04Z' });
  });

  it('is every command once, however often it comes', () => {
    const marked = withListing(empty(), { comments: [comment(3, '!testme')], time: NOW }, 'Mark');
    const listing = { comments: [comment(3, '!testme'), comment(5, '!testme --quick')], time: NOW };
    const once = withListing(marked, listing, 'New');
    expect(once.commands.map(({ id, mode, state }) => ({ id, mode, state }))).to.deep.equal([
      { id: 'c5', mode: 'Quick', state: 'New' },
    ]);
    expect(withListing(once, listing, 'New')).to.deep.equal(once);
  });

  it('is a comment that became a command, and not one that was one and is another now', () => {
    const first = withListing(empty(), { comments: [comment(3, '!testme please')], time: NOW }, 'New');
    const edited = withListing(first, { comments: [comment(3, '!testme')], time: NOW }, 'New');
    expect(edited.commands.map(({ id, mode }) => [id, mode])).to.deep.equal([['c3', 'Cold']]);
    const again = withListing(edited, { comments: [comment(3, '!testme --quick')], time: NOW }, 'New');
    expect(again.commands.map(({ id, mode }) => [id, mode])).to.deep.equal([['c3', 'Cold']]);
  });

  it('is no comment of a plain issue, and reviews apart from comments of the same number', () => {
    const { pull: _, ...plain } = comment(7, '!testme');
    const review = comment(3, '!testme', { kind: 'Review' });
    const record = withListing(empty(), { comments: [plain, comment(3, '!testme'), review], time: NOW }, 'New');
    expect(record.commands.map(({ id }) => id)).to.deep.equal(['c3', 'r3']);
  });

  it('loses nothing and doubles nothing, in whatever pages and however often it comes', () => {
    const comments = fc.uniqueArray(fc.record({ id: fc.integer({ min: 1, max: 40 }), isCommand: fc.boolean() }), {
      selector: ({ id }) => id,
    });
    fc.assert(
      fc.property(comments, fc.array(fc.tuple(fc.nat(40), fc.nat(40))), (all, pages) => {
        const written = all.map(({ id, isCommand }) => comment(id, isCommand ? '!testme' : 'no'));
        const views = [...pages.map(([from, to]) => written.slice(from, to)), written];
        let record = withListing(empty(), { comments: [], time: '2026-11-28T19:00:00Z' }, 'Mark');
        for (const page of views) record = withListing(record, { comments: page, time: NOW }, 'New');
        const wanted = all.filter(({ isCommand }) => isCommand).map(({ id }) => `c${id}`);
        expect(record.commands.map(({ id }) => id).sort()).to.deep.equal(wanted.sort());
      }),
    );
  });
});

describe('since when comments are asked for', () => {
  it('is the last that is known, and everything where the clock of the forge went back', () => {
    const record = { ...empty(), since: NOW, clock: NOW };
    expect(askSince(record, '2026-11-28T20:00:30Z')).to.equal(NOW);
    expect(askSince(record, '2026-11-28T19:00:00Z')).to.equal(undefined);
    expect(askSince(empty(), NOW)).to.equal(undefined);
  });
});
