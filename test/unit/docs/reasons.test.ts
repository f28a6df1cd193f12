import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ACT_MEANINGS } from '../../../lib/reasons/acts.ts';
import { meaningsOf, REASON_GROUPS } from '../../../lib/reasons/catalogue.ts';
import { SOURCE_REASONS } from '../../../lib/reasons/conditions.ts';
import { EVENT_MEANINGS, TRIGGER_EVENTS } from '../../../lib/reasons/events.ts';
import { QUEUE_MEANINGS } from '../../../lib/reasons/runs.ts';
import { STAGE_MEANINGS } from '../../../lib/reasons/stages.ts';
import { SWEEP_WAITS, SWEPT_SERVICE_MEANINGS } from '../../../lib/reasons/sweeps.ts';
import { WARM_SERVICE_REASONS } from '../../../lib/reasons/warm-services.ts';
import { STAGE_BLAMES } from '../../../lib/run-record/blame.ts';
import { referencePages } from '../../../scripts/generate-reference.ts';
import { ROOT, readDocument } from './documents.ts';

const read = (files: string): string[] =>
  globSync(files, { cwd: ROOT, exclude: ['lib/reasons/**', 'lib/api/generated/**'] }).map((path) =>
    readFileSync(join(ROOT, path), 'utf8'),
  );

/** Reasons that the sources give by a literal, where `pattern` matches it as its first group. */
function reasonsIn(files: string, pattern: RegExp): string[] {
  return read(files).flatMap((text) => [...text.matchAll(pattern)].map(([, reason = '']) => reason));
}

/** What the compiler does not see: words that are given as plain text, each with the table that has them all. */
const GIVEN: Readonly<Record<string, { given: readonly string[]; table: object }>> = {
  'acts of kinds': {
    given: reasonsIn('controllers/{canonical,run,sweep,warm-service}/plan.ts', /^ {2}\| (?:\()?\{ type: '(\w+)'/gm),
    table: { ...ACT_MEANINGS, ...QUEUE_MEANINGS, Reject: '', Rest: '', WaitForSlot: '', WaitForRetry: '' },
  },
  'next actions': {
    given: reasonsIn(
      '{controllers/*,lib/runtime}/{next-action,conditions,shown-failure}.ts',
      /what: .*reason: '(\w+)'/g,
    ),
    table: ACT_MEANINGS,
  },
  'waits of Canonicals': {
    given: reasonsIn('controllers/canonical/next-action.ts', /reason === '(\w+)'/g),
    table: ACT_MEANINGS,
  },
  'waits of WarmServices': {
    given: reasonsIn('controllers/warm-service/conditions.ts', /^ {2}([A-Z]\w+): \(/gm),
    table: WARM_SERVICE_REASONS,
  },
  'waits of Sweeps': {
    given: reasonsIn('controllers/sweep/next-action.ts', /^ {2}([A-Z]\w+): \(/gm),
    table: SWEEP_WAITS,
  },
  'warm services in sweeps': {
    given: reasonsIn('controllers/sweep/services.ts', /(?:reason: |, )'([A-Z]\w+)'/g),
    table: { ...WARM_SERVICE_REASONS, ...SWEPT_SERVICE_MEANINGS, PassedOver: 'never shown' },
  },
  'events of triggers': {
    given: reasonsIn('controllers/trigger/*.ts', /^ {2}\| '([A-Z]\w+)'/gm),
    table: TRIGGER_EVENTS,
  },
  'the spec directory': {
    given: reasonsIn('lib/store/*.ts', /reason: '(Directory\w+|Marker\w+|MassDeletion)'/g),
    table: SOURCE_REASONS,
  },
};

describe('reasons that people see', () => {
  for (const [title, { given, table }] of Object.entries(GIVEN)) {
    it(`${title}: each has a meaning`, () => {
      expect(given).not.to.have.length(0);
      expect(given.filter((reason) => !Object.hasOwn(table, reason))).to.deep.equal([]);
    });
  }

  it('each event is told somewhere', () => {
    const texts = read('{lib,controllers}/**/*.ts').join('\n');
    /** Joined of a type or a result, or the reason of an end. */
    const made =
      /^(?:(?:Deploy|Upgrade|RollBack|Recover)(?:Started|Failed)?|Promotion(?:Failed|Promoted|Skipped)|Passed)$/;
    const isTold = (word: string): boolean =>
      new RegExp(`(?:type: [^;{}]*reason: [^;{}]*|normal\\(|reason: |reason = [^;]*)'${word}'`).test(texts);
    const untold = Object.keys(EVENT_MEANINGS).filter((word) => !made.test(word) && !isTold(word));
    expect(untold).to.deep.equal([]);
  });

  it('each has a meaning and a remedy, in sentences', () => {
    const rows = REASON_GROUPS.flatMap(({ title, words }) =>
      Object.entries(words).map(([word, [meaning, remedy]]) => ({ at: `${title}: ${word}`, texts: [meaning, remedy] })),
    );
    expect(rows.length).to.be.greaterThan(250);
    const faulty = rows.filter(({ texts }) => texts.some((text) => !/^[^a-z].*[.]$/s.test(text)));
    expect(faulty.map(({ at }) => at)).to.deep.equal([]);
  });

  it('are found by their word, at each place', () => {
    expect(meaningsOf('CrashLoop').map(({ group }) => group.title)).to.deep.equal(['Run, stages']);
    expect(meaningsOf('Suspended').length).to.be.greaterThan(3);
    expect(meaningsOf('constructor')).to.deep.equal([]);
  });

  it('are all in the reference', () => {
    const page = referencePages().get('reasons.md') ?? '';
    for (const { title, words } of REASON_GROUPS) {
      const [, section = ''] = page.split(`## ${title}\n`);
      const rows = [...(section.split('\n## ', 1)[0] ?? '').matchAll(/^\| `(\w+)`/gm)].map(([, word]) => word);
      expect(rows, title).to.deep.equal(Object.keys(words));
    }
  });
});

describe('docs/maintainer.md', () => {
  const [, section = ''] = readDocument('docs/maintainer.md').text.split('## A red run\n');
  const words = [...section.matchAll(/`([A-Z][A-Za-z]+)`/g)].map(([, word]) => word);

  it('says of each failure of a stage what to do, once', () => {
    const failures = Object.keys(STAGE_BLAMES);
    expect(words.filter((word) => failures.includes(word ?? '')).toSorted()).to.deep.equal(failures.toSorted());
  });

  it('says what keeps a green run from a level, and how a run ends red as a whole', () => {
    const capping = Object.entries(STAGE_MEANINGS).filter(
      ([, [meaning]]) => /Unverified|Caps the level/.test(meaning) && !/does not cap/i.test(meaning),
    );
    expect(capping.length).to.be.greaterThan(6);
    const ends = ['InfraError', 'TimedOut', 'Cancelled', 'TeardownFailed', 'WeakEvidence'];
    expect(words).to.include.members([...capping.map(([word]) => word), ...ends]);
  });
});
