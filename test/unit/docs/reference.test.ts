import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { KINDS } from '../../../lib/api/kinds.ts';
import { commandPages } from '../../../lib/cli/command-line.ts';
import { EXIT } from '../../../lib/cli/environment.ts';
import { configLeaves } from '../../../lib/config/fields.ts';
import { referencePages } from '../../../scripts/generate-reference.ts';
import { ROOT } from './documents.ts';

const directory = join(ROOT, 'docs', 'reference');

describe('the reference', () => {
  it('is what the schemas say', () => {
    for (const [name, content] of referencePages())
      expect(readFileSync(join(directory, name), 'utf8'), `${name}: run node scripts/generate-reference.ts`).to.equal(
        content,
      );
  });

  it('has no page that nothing generates', () => {
    expect(readdirSync(directory).toSorted()).to.deep.equal([...referencePages().keys()].toSorted());
  });

  it('has a page for each kind, with spec and status', () => {
    const pages = [...referencePages().values()];
    for (const kind of KINDS) {
      const page = pages.find((text) => text.includes(`# ${kind}\n`));
      expect(page, kind).to.include('## spec').and.include('## status');
    }
  });

  it('has every field of the configuration', () => {
    const page = referencePages().get('configuration.md') ?? '';
    for (const { path } of configLeaves()) expect(page).to.contain(`\`${path.join('.')}\``);
  });

  it('has every command of ccctl with its flags, and every exit code', () => {
    const page = referencePages().get('ccctl.md') ?? '';
    const manual = referencePages().get('ccctl.1') ?? '';
    for (const { name, flags } of commandPages()) {
      expect(page).to.contain(`### ${name}\n`);
      expect(manual).to.contain(`\\fBccctl ${name}\\fR`);
      for (const flag of flags) expect(page, `${name} ${flag.flags}`).to.contain(`| \`${flag.flags}\` |`);
    }
    for (const code of Object.values(EXIT)) {
      expect(page).to.contain(`\n| ${code} | `);
      expect(manual).to.contain(`\n.B ${code}\n`);
    }
    expect(manual, 'what man(7) cannot read').to.match(/^[\n -~]*$/);
  });

  it('enters lists and nested blocks', () => {
    const page = referencePages().get('canonical.md') ?? '';
    expect(page)
      .to.contain('`spec.ci.tests[].http.path`')
      .and.to.contain('`status.knownGood.snapshot.volumes[].digest`');
  });

  it('breaks no table by a bar in a description', () => {
    const tables = [...referencePages().values()].flatMap((text) => text.split(/\n(?:#.*|)\n/));
    for (const table of tables) {
      const rows = table.split('\n').filter((line) => line.startsWith('| `'));
      if (rows.length === 0) continue;
      const widths = new Set(rows.map((row) => row.replaceAll('\\|', '').split('|').length));
      expect(widths.size).to.equal(1);
    }
  });
});
