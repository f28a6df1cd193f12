import { expect } from 'chai';
import fc from 'fast-check';
import { describeChanges } from '../../../lib/cli/print/describe-changes.ts';
import { loadTextWidth, type Section, textWidth } from '../../../lib/cli/print/table.ts';
import { finding } from '../../../lib/gate/finding.ts';
import { GATE_RULES, type GateCode } from '../../../lib/gate/gate-rules.ts';
import { type ReleaseNote, releaseNote } from '../../../lib/gate/release-note.ts';
import { findingLines, reportStep, type StepReport } from '../../../lib/gate/step-report.ts';
import { steers } from '../../../lib/terminal-text.ts';
import { GateBench } from '../../builders/gate-bench.ts';
import { removeRecipes } from '../recipe/recipe-files.ts';

const linesOf = (sections: readonly Section[], title: string): readonly string[] =>
  sections.find((section) => section.title === title)?.lines ?? [];

describe('the text of a step', () => {
  let bench: GateBench;

  before(loadTextWidth);
  beforeEach(async () => {
    bench = await GateBench.open();
  });
  afterEach(async () => {
    await bench.close();
    await removeRecipes();
  });

  const report = async (): Promise<StepReport> => {
    await bench.keep('SMTP_HOST=hunter2-of-the-env\n', ['token']);
    const from = await bench.side({});
    const to = await bench.side({
      version: '2.0.0+2.0.0',
      edit: ({ services, secrets, volumes }) => {
        services.app!.image = 'example/notes:2.0.0';
        services.app!.environment = ['A=${NEW_ONE}', 'DATA_DIR=/data/notes'];
        services.db!.volumes = ['db:/var/lib/postgresql'];
        services.queue = { image: 'example/queue:1', volumes: [] };
        delete services.cache;
        secrets.smtp = { external: true };
        volumes.more = {};
      },
      files: { '.env.sample': 'TYPE=notes\nMORE=1\n', 'abra.sh': 'export ENTRY_VERSION=v2\n' },
    });
    const notes = [releaseNote('2.0.0+2.0.0', 'The cache was removed.\nSee to it.', 'OnTheWay')!];
    return reportStep(from, to, notes, 'Minor');
  };

  it('tells services, images, volumes, secrets, env and notes, each under its title', async () => {
    const sections = describeChanges(await report());
    expect(linesOf(sections, 'Services').map((line) => line.split(/ {2,}/))).to.deep.equal([
      ['- cache', 'nginx:1.25'],
      ['+ queue', 'example/queue:1'],
    ]);
    expect(linesOf(sections, 'Images')).to.deep.equal(['~ app  example/notes:1.4.0 → example/notes:2.0.0']);
    expect(linesOf(sections, 'Volumes').map((line) => line.split(/ {2,}/)[0])).to.deep.equal([
      '+ more',
      '+ mount db:/var/lib/postgresql',
      '- mount db:/var/lib/postgresql/data',
    ]);
    expect(linesOf(sections, 'Secrets')).to.deep.equal(['+ smtp  smtp']);
    expect(linesOf(sections, 'Env')).to.deep.equal([
      '+ no value for NEW_ONE',
      'New in .env.sample, not set here: MORE',
    ]);
    expect(linesOf(sections, 'Note 2.0.0+2.0.0')).to.deep.equal(['The cache was removed.', 'See to it.']);
  });

  it('tells every finding, with what can be done', async () => {
    const step = await report();
    const said = linesOf(describeChanges(step), 'Held because').join('\n');
    expect(step.verdict.findings.length).to.be.greaterThan(5);
    for (const { code, subject } of step.verdict.findings) expect(said).to.include(`${code} ${subject}: `);
    for (const { code } of step.verdict.findings) expect(said).to.include(GATE_RULES[code].remedy.replaceAll('`', "'"));
    expect(findingLines(step.verdict)).to.have.length(step.verdict.findings.length);
  });

  it('I10 holds no value of env and secrets', async () => {
    const step = await report();
    expect(JSON.stringify([step, describeChanges(step)])).not.to.include('hunter2');
  });

  it('a step that is allowed has no more to say than its ends', async () => {
    const from = await bench.side({});
    const sections = describeChanges(reportStep(from, from, [], 'Minor'));
    expect(sections.filter(({ lines }) => lines.length > 0).map(({ title }) => title)).to.deep.equal(['Step']);
  });

  it('T90 is safe for terminals and fits any width, whatever a recipe says', () => {
    const text = fc.string({ unit: 'binary', maxLength: 120 });
    const codes = fc.constantFrom(...(Object.keys(GATE_RULES) as GateCode[]));
    const finds = fc.tuple(codes, text, text).map(([code, subject, detail]) => finding(code, subject, detail));
    const change = fc.record({
      part: fc.constantFrom('Image' as const, 'Mount' as const, 'Secret' as const),
      name: text,
      change: fc.constantFrom('Added' as const, 'Changed' as const),
      before: text,
      after: text,
    });
    const note = fc.tuple(text, text).map(([name, content]) => releaseNote(name, content, 'OnTheWay'));
    const steps = fc.record({
      from: fc.record({ version: text, commit: text }),
      to: fc.record({ version: text, commit: text }),
      findings: fc.array(finds, { minLength: 1, maxLength: 4 }),
      changes: fc.array(change, { maxLength: 4 }),
      notes: fc.array(note, { maxLength: 3 }),
    });
    fc.assert(
      fc.property(
        steps,
        fc.integer({ min: 24, max: 120 }),
        ({ findings: [first, ...others], notes, ...rest }, width) => {
          const verdict = { result: 'Held' as const, findings: [first!, ...others] as const };
          const kept = notes.filter((one): one is ReleaseNote => one !== undefined);
          const sections = describeChanges({ ...rest, verdict, notes: kept, newKeys: ['A_KEY'] }, { width });
          for (const { title, lines } of sections) {
            expect([title, ...lines].some((line) => steers(line) || line.includes('\n'))).to.equal(false);
            if (title !== 'Step') for (const line of lines) expect(textWidth(line)).to.be.at.most(width - 2);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
