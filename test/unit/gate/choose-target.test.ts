import { expect } from 'chai';
import fc from 'fast-check';
import { type Choice, type ChoiceInput, chooseTarget } from '../../../lib/gate/choose-target.ts';
import { finding } from '../../../lib/gate/finding.ts';
import type { Verdict } from '../../../lib/gate/judge.ts';
import {
  compareVersions,
  listVersions,
  parseVersion,
  type RawTag,
  type VersionTag,
} from '../../../lib/recipe/version.ts';

const ALLOWED: Verdict = { result: 'Allowed', findings: [] };
const HELD: Verdict = { result: 'Held', findings: [finding('NoteWritten', 'x', 'y')] };
const NOW = Date.parse('2030-06-01T00:00:00Z');
const LATER = '2030-06-02T00:00:00Z';
const EARLIER = '2030-05-01T00:00:00Z';

const commitOf = (tag: string): string => Buffer.from(tag).toString('hex').padEnd(40, '0').slice(0, 40);
const at = (version: string) => ({ version, commit: commitOf(version) });
const raw = (tag: string): RawTag => ({ tag, annotated: true, commit: commitOf(tag) });

interface Row extends Partial<Omit<ChoiceInput, 'tags' | 'current' | 'judged' | 'update'>> {
  what: string;
  current?: string;
  tags: readonly (string | RawTag)[];
  update?: Partial<ChoiceInput['update']>;
  /** Tags that the gate holds, or was not asked about. */
  held?: readonly string[];
  unjudged?: readonly string[];
  /** `Upgrade <tag> <by>`, `Judge <tag>`, `Stay <reason>`. */
  gives: string;
  more?: Record<string, unknown>;
}

function inputOf(row: Row): ChoiceInput {
  const { held = [], unjudged = [], current = '1.0.0+1.0.0', tags, update, ...rest } = row;
  return {
    current: at(current),
    tags: listVersions(tags.map((tag) => (typeof tag === 'string' ? raw(tag) : tag))),
    update: { policy: 'Auto', maxBump: 'Minor', ...update },
    quarantine: [],
    nowMs: NOW,
    judged: ({ tag }) => (unjudged.includes(tag) ? undefined : held.includes(tag) ? HELD : ALLOWED),
    ...rest,
  };
}

function told(choice: Choice): string {
  if (choice.action === 'Stay') return `Stay ${choice.reason}`;
  return `${choice.action} ${choice.target.tag}${choice.action === 'Upgrade' ? ` ${choice.by}` : ''}`;
}

const ROWS: readonly Row[] = [
  { what: 'nothing is newer', tags: ['1.0.0+1.0.0', '0.9.0+1.0.0'], gives: 'Stay Newest' },
  { what: 'no tags at all', tags: [], gives: 'Stay Newest' },
  { what: 'the newest', tags: ['1.0.1+1.0.0', '1.1.0+1.0.0'], gives: 'Upgrade 1.1.0+1.0.0 Gate' },
  {
    what: 'by numbers, not by text',
    current: '9.0.0+1',
    tags: ['10.0.0+1', '9.0.1+1'],
    update: { maxBump: 'Major' },
    gives: 'Upgrade 10.0.0+1 Gate',
  },
  { what: 'a higher upstream part alone', tags: ['1.0.0+1.0.10'], gives: 'Upgrade 1.0.0+1.0.10 Gate' },
  { what: 'a lower upstream part alone', current: '1.0.0+1.0.10', tags: ['1.0.0+1.0.9'], gives: 'Stay Newest' },
  { what: 'T15 another spelling of what runs', current: 'v1.0.3', tags: ['1.0.3+1.0.3'], gives: 'Stay Newest' },
  {
    what: 'a safe patch below a held version',
    tags: ['2.0.0+1', '1.0.1+1'],
    gives: 'Upgrade 1.0.1+1 Gate',
    more: { held: [{ ...at('2.0.0+1'), findings: ['BumpTooBig'] }] },
  },
  {
    what: 'a safe patch below a version with a note',
    tags: ['1.1.0+1', '1.0.1+1'],
    held: ['1.1.0+1'],
    gives: 'Upgrade 1.0.1+1 Gate',
    more: { held: [{ ...at('1.1.0+1'), findings: ['NoteWritten'] }] },
  },
  {
    what: 'all are held',
    tags: ['2.0.0+1', '1.0.1+1'],
    held: ['1.0.1+1'],
    gives: 'Stay Held',
    more: { latest: '2.0.0+1' },
  },
  { what: 'the gate was not asked', tags: ['1.1.0+1', '1.0.1+1'], unjudged: ['1.1.0+1'], gives: 'Judge 1.1.0+1' },
  {
    what: 'the gate is not asked about what is below',
    tags: ['1.1.0+1', '1.0.1+1'],
    unjudged: ['1.0.1+1'],
    gives: 'Upgrade 1.1.0+1 Gate',
  },
  {
    what: 'an allowed verdict of a wider maxBump',
    tags: ['1.1.0+1'],
    update: { maxBump: 'Patch' },
    gives: 'Stay Held',
  },
  {
    what: 'approved',
    tags: ['2.0.0+1', '1.0.1+1'],
    approved: at('2.0.0+1'),
    held: ['2.0.0+1'],
    gives: 'Upgrade 2.0.0+1 Approval',
    more: { approval: 'Stands', held: [] },
  },
  {
    what: 'approved, and not judged',
    tags: ['2.0.0+1'],
    approved: at('2.0.0+1'),
    unjudged: ['2.0.0+1'],
    gives: 'Upgrade 2.0.0+1 Approval',
  },
  {
    what: 'another one than the approved is held still',
    tags: ['3.0.0+1', '2.0.0+1'],
    approved: at('2.0.0+1'),
    gives: 'Upgrade 2.0.0+1 Approval',
    more: { held: [{ ...at('3.0.0+1'), findings: ['BumpTooBig'] }] },
  },
  {
    what: 'the approved tag moved',
    tags: ['2.0.0+1'],
    approved: { version: '2.0.0+1', commit: 'b'.repeat(40) },
    gives: 'Stay Held',
    more: { approval: 'TagMoved' },
  },
  {
    what: 'the approved tag is gone',
    tags: ['1.0.1+1'],
    approved: at('2.0.0+1'),
    gives: 'Upgrade 1.0.1+1 Gate',
    more: { approval: 'TagGone' },
  },
  {
    what: 'approved is what runs',
    tags: ['1.0.0+1.0.0'],
    approved: at('1.0.0+1.0.0'),
    gives: 'Stay Newest',
    more: { approval: 'NotNewer' },
  },
  {
    what: 'approved is older',
    tags: ['0.9.0+1'],
    approved: at('0.9.0+1'),
    gives: 'Stay Newest',
    more: { approval: 'NotNewer' },
  },
  {
    what: 'approved failed meanwhile',
    tags: ['1.1.0+1'],
    approved: at('1.1.0+1'),
    quarantine: [{ ...at('1.1.0+1'), until: LATER }],
    gives: 'Stay PassedOver',
    more: { approval: 'Quarantined' },
  },
  {
    what: 'T55 quarantined is passed over',
    tags: ['1.1.0+1', '1.0.1+1'],
    quarantine: [{ ...at('1.1.0+1'), until: LATER }],
    gives: 'Upgrade 1.0.1+1 Gate',
    more: { passedOver: [{ version: '1.1.0+1', reason: 'Quarantined' }] },
  },
  {
    what: 'quarantined without end that can be read',
    tags: ['1.1.0+1'],
    quarantine: [{ ...at('1.1.0+1'), until: 'soon' }],
    gives: 'Stay PassedOver',
  },
  {
    what: 'the quarantine is over',
    tags: ['1.1.0+1'],
    quarantine: [{ ...at('1.1.0+1'), until: EARLIER }],
    gives: 'Upgrade 1.1.0+1 Gate',
  },
  {
    what: 'the quarantined tag moved: it is another one',
    tags: ['1.1.0+1'],
    quarantine: [{ version: '1.1.0+1', commit: 'b'.repeat(40), until: LATER }],
    gives: 'Upgrade 1.1.0+1 Gate',
  },
  {
    what: 'a pre-release',
    tags: ['1.1.0-rc.1+1', '1.0.1+1'],
    gives: 'Upgrade 1.0.1+1 Gate',
    more: { latest: '1.0.1+1', passedOver: [{ version: '1.1.0-rc.1+1', reason: 'PreRelease' }] },
  },
  {
    what: 'an approved pre-release',
    tags: ['1.1.0-rc.1+1'],
    approved: at('1.1.0-rc.1+1'),
    gives: 'Upgrade 1.1.0-rc.1+1 Approval',
  },
  {
    what: 'a pinned pre-release',
    tags: ['1.1.0-rc.1+1'],
    update: { version: '1.1.0-rc.1+1' },
    gives: 'Upgrade 1.1.0-rc.1+1 Gate',
    more: { passedOver: [] },
  },
  {
    what: 'the release of a pre-release that runs',
    current: '1.1.0-rc.1+1',
    tags: ['1.1.0+1'],
    update: { maxBump: 'Patch' },
    gives: 'Upgrade 1.1.0+1 Gate',
  },
  {
    what: 'T07 a lightweight tag',
    tags: [{ ...raw('1.1.0+1'), annotated: false }],
    gives: 'Stay PassedOver',
    more: { passedOver: [{ version: '1.1.0+1', reason: 'Lightweight' }] },
  },
  { what: 'tags that are no versions', tags: ['latest', '1.15', 'hardcover-v0.4'], gives: 'Stay Newest' },
  {
    what: 'an ignored tag that is older',
    tags: [{ ...raw('0.1.0+1'), annotated: false }],
    gives: 'Stay Newest',
    more: { passedOver: [] },
  },
  { what: 'a pin above', tags: ['1.2.0+1', '1.1.0+1'], update: { version: '1.1.0+1' }, gives: 'Upgrade 1.1.0+1 Gate' },
  { what: 'a pin in another spelling', tags: ['v1.1.0'], update: { version: '1.1.0+1' }, gives: 'Upgrade v1.1.0 Gate' },
  {
    what: 'a pin that the gate holds',
    tags: ['1.2.0+1', '1.1.0+1'],
    update: { version: '1.1.0+1' },
    held: ['1.1.0+1'],
    gives: 'Stay Held',
  },
  { what: 'a pin beyond maxBump', tags: ['2.0.0+1'], update: { version: '2.0.0+1' }, gives: 'Stay Held' },
  {
    what: 'a pin that is quarantined',
    tags: ['1.1.0+1'],
    update: { version: '1.1.0+1' },
    quarantine: [{ ...at('1.1.0+1'), until: LATER }],
    gives: 'Stay PassedOver',
  },
  { what: 'the pin runs', tags: ['1.2.0+1', '1.0.0+1.0.0'], update: { version: '1.0.0+1.0.0' }, gives: 'Stay AtPin' },
  { what: 'a pin below', tags: ['1.2.0+1', '0.9.0+1'], update: { version: '0.9.0+1' }, gives: 'Stay PinOlder' },
  { what: 'a pin that nobody released', tags: ['1.2.0+1'], update: { version: '1.3.0+1' }, gives: 'Stay PinGone' },
  {
    what: 'approved is not pinned',
    tags: ['1.2.0+1', '1.1.0+1'],
    update: { version: '1.1.0+1' },
    approved: at('1.2.0+1'),
    gives: 'Upgrade 1.1.0+1 Gate',
    more: { approval: 'NotPinned' },
  },
  {
    what: 'Manual',
    tags: ['1.0.1+1'],
    update: { policy: 'Manual' },
    gives: 'Stay Held',
    more: { held: [{ ...at('1.0.1+1'), findings: [] }] },
  },
  {
    what: 'Manual and approved',
    tags: ['1.0.2+1', '1.0.1+1'],
    update: { policy: 'Manual' },
    approved: at('1.0.1+1'),
    gives: 'Upgrade 1.0.1+1 Approval',
  },
  { what: 'what runs is no version', current: 'main', tags: ['1.0.1+1'], gives: 'Stay CurrentUnknown' },
];

/** Findings by their codes alone. */
function plain(choice: Choice): Record<string, unknown> {
  const held = choice.held.map((one) => ({ ...one, findings: one.findings.map(({ code }) => code) }));
  return { ...choice, held };
}

describe('the choice of a version', () => {
  for (const row of ROWS) {
    it(`${row.what}: ${row.gives}`, () => {
      const choice = chooseTarget(inputOf(row));
      expect(told(choice)).to.equal(row.gives);
      expect(plain(choice)).to.deep.include(row.more ?? {});
    });
  }
});

const number = fc.nat(3);
const tagName = fc
  .tuple(number, number, number, fc.constantFrom('', '-rc.1'), fc.constantFrom('', '+1.0.9', '+1.0.10', '+v2'))
  .map(([major, minor, patch, pre, upstream]) => `${major}.${minor}.${patch}${pre}${upstream}`);
const rawTag = fc.oneof(
  { weight: 8, arbitrary: tagName.map(raw) },
  { weight: 1, arbitrary: tagName.map((tag) => ({ ...raw(tag), annotated: false })) },
  { weight: 1, arbitrary: fc.string({ maxLength: 8 }).map(raw) },
);
/** Of the tags that there are, now and then at another commit. */
const marked = (tags: readonly RawTag[]) =>
  fc
    .tuple(fc.constantFrom(...tags), fc.boolean())
    .map(([{ tag }, moved]) => (moved ? { version: tag, commit: 'c'.repeat(40) } : at(tag)));

const inputs = fc.uniqueArray(rawTag, { minLength: 1, maxLength: 12, selector: ({ tag }) => tag }).chain((tags) =>
  fc.record({
    current: fc.oneof(tagName, fc.constantFrom(...tags.map(({ tag }) => tag))).map(at),
    tags: fc.constant(listVersions(tags)),
    update: fc.record({
      policy: fc.constantFrom('Auto' as const, 'Auto' as const, 'Manual' as const),
      maxBump: fc.constantFrom('Patch' as const, 'Minor' as const, 'Major' as const),
      version: fc.option(fc.constantFrom(...tags.map(({ tag }) => tag)), { nil: undefined, freq: 5 }),
    }),
    quarantine: fc.array(
      fc.tuple(marked(tags), fc.constantFrom(LATER, EARLIER, 'x')).map(([one, until]) => ({ ...one, until })),
      { maxLength: 3 },
    ),
    approved: fc.option(marked(tags), { nil: undefined }),
    judged: fc
      .func(fc.constantFrom<Verdict | undefined>(ALLOWED, ALLOWED, HELD, undefined))
      .map((verdict) => (tag: VersionTag) => verdict(tag.tag)),
    nowMs: fc.constant(NOW),
  }),
);

/** What is chosen once the gate was asked as often as it takes. */
function settled(input: ChoiceInput): Choice {
  return chooseTarget({ ...input, judged: (tag) => input.judged(tag) ?? HELD });
}

const BUMPS = ['Patch', 'Minor', 'Major'] as const;

/** Index in BUMPS. */
function bumpOf(from: string, to: string): number {
  const [before, after] = [parseVersion(from)?.recipe ?? '', to].map((version) => version.split(/[.-]/));
  if (before?.[0] !== after?.[0]) return 2;
  return before?.[1] === after?.[1] ? 0 : 1;
}

describe('any choice of a version', () => {
  const holds = (property: (input: ChoiceInput, choice: Choice) => void): void => {
    fc.assert(
      fc.property(inputs, (input) => property(input, chooseTarget(input))),
      { numRuns: 300 },
    );
  };

  it('is never what runs, nor below it, nor a tag that is not listed', () => {
    holds((input, choice) => {
      if (choice.action === 'Stay') return;
      const current = parseVersion(input.current.version);
      expect(current).not.to.equal(undefined);
      expect(compareVersions(choice.target, current!)).to.be.greaterThan(0);
      expect(input.tags.versions).to.include(choice.target);
    });
  });

  it('is never quarantined', () => {
    holds((input, choice) => {
      if (choice.action === 'Stay') return;
      const { tag, commit } = choice.target;
      const failed = input.quarantine.filter((one) => one.version === tag && one.commit === commit);
      expect(failed.every(({ until }) => until === EARLIER)).to.equal(true);
    });
  });

  it('is held by nothing, or approved as exactly this version and commit', () => {
    holds((input, choice) => {
      if (choice.action !== 'Upgrade') return;
      const { tag, commit } = choice.target;
      const isApproved = input.approved?.version === tag && input.approved.commit === commit;
      expect(choice.by).to.equal(isApproved ? 'Approval' : 'Gate');
      if (isApproved) return;
      expect([input.judged(choice.target), input.update.policy]).to.deep.equal([ALLOWED, 'Auto']);
      expect(choice.target.recipe.includes('-') && input.update.version === undefined).to.equal(false);
      expect(bumpOf(input.current.version, choice.target.recipe)).to.be.at.most(BUMPS.indexOf(input.update.maxBump));
    });
  });

  it('is the newest of what is allowed: all above it are held or passed over, with the reason', () => {
    holds((input, choice) => {
      if (choice.action === 'Stay' || input.update.version !== undefined) return;
      const above = input.tags.versions.filter((tag) => compareVersions(tag, choice.target) > 0);
      const told = [...choice.held, ...choice.passedOver].map(({ version }) => version);
      expect(told).to.include.members(above.map(({ tag }) => tag));
      for (const { findings } of choice.held)
        expect(findings.length > 0 || input.update.policy === 'Manual').to.equal(true);
    });
  });

  it('of a wider maxBump is never older', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const [narrow, middle, wide] = (['Patch', 'Minor', 'Major'] as const).map((maxBump) =>
          settled({ ...input, update: { ...input.update, maxBump } }),
        );
        for (const [less, more] of [
          [narrow, middle],
          [middle, wide],
        ] as const) {
          if (less?.action !== 'Upgrade') continue;
          expect(more?.action).to.equal('Upgrade');
          if (more?.action === 'Upgrade') expect(compareVersions(more.target, less.target)).to.be.at.least(0);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('T55 comes to an end: what fails is quarantined, what is judged stays judged, and each step is an upgrade', () => {
    holds((input) => {
      const seen = new Map<string, Verdict>();
      const asking: ChoiceInput = { ...input, judged: ({ tag }) => seen.get(tag) };
      let current = input.current;
      for (let step = 0; step < 60; step += 1) {
        const choice = chooseTarget({ ...asking, current });
        if (choice.action === 'Stay') return;
        if (choice.action === 'Judge') seen.set(choice.target.tag, input.judged(choice.target) ?? HELD);
        else current = { version: choice.target.tag, commit: choice.target.commit };
      }
      expect.fail('no end after 60 steps');
    });
  });
});
