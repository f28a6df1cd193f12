import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { loadConfig } from '../../../lib/config/load.ts';
import { refuseUnsupported } from '../../../lib/platform/process/process-support.ts';
import { readCompose, versionLabel } from '../../../lib/recipe/compose.ts';
import { lintRecipe } from '../../../lib/recipe/lint.ts';
import { formatProblem, parseSpecFile } from '../../../lib/store/spec-codec.ts';
import { documents, fencedBlocks, readDocument } from './documents.ts';

type Form = 'Resource' | 'Compose' | 'Configuration' | 'Prometheus';

interface Example {
  place: string;
  text: string;
  form: Form;
}

function formOf(text: string): Form {
  const fields = parse(text) as Record<string, unknown>;
  if ('apiVersion' in fields) return 'Resource';
  if ('scrape_configs' in fields) return 'Prometheus';
  return 'services' in fields ? 'Compose' : 'Configuration';
}

function examples(form: Form): Example[] {
  return documents()
    .flatMap(({ path, text }) =>
      fencedBlocks(text, 'yaml').map((block, index) => ({
        place: `${path}, YAML block ${index + 1}`,
        text: block,
        form: formOf(block),
      })),
    )
    .filter((example) => example.form === form);
}

describe('YAML examples in the documents', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cc-ci-docs-'));
  });

  afterEach(async () => {
    await rm(directory, { recursive: true, force: true });
  });

  it('are there in every form', () => {
    const counts = (['Resource', 'Compose', 'Configuration'] as const).map((form) => examples(form).length);
    expect(Math.min(...counts)).to.be.greaterThan(0);
  });

  it('are valid resources, without a note', () => {
    for (const { place, text } of examples('Resource')) {
      const parsed = parseSpecFile({ path: place, bytes: Buffer.from(text) });
      const problems = parsed.ok ? parsed.notes : parsed.problems;
      expect(problems.map(formatProblem), place).to.deep.equal([]);
    }
  });

  it('are valid configurations', async () => {
    for (const { place, text } of examples('Configuration')) {
      await writeFile(join(directory, 'cc-ci.yaml'), text);
      const loaded = await loadConfig({ flags: {}, env: {}, cwd: directory });
      expect(loaded.notes, place).to.deep.equal([]);
    }
  });

  it('are recipes that the process platform runs and lint passes', async () => {
    for (const { place, text } of examples('Compose')) {
      await writeFile(join(directory, 'compose.yml'), text);
      const compose = await readCompose({
        directory,
        files: ['compose.yml'],
        env: {},
        extra: { STACK_NAME: 'notes', DOMAIN: 'notes.example.org' },
      });
      refuseUnsupported(compose);
      expect(versionLabel(compose, 'notes'), place).to.equal('1.1.0+1.1.0');
      const tags = { versions: [], ignored: [] };
      const rows = await lintRecipe({ directory, compose, sample: 'DOMAIN=notes.example.org\n', tags });
      const broken = rows.filter(({ severity, satisfied }) => severity === 'Error' && satisfied === false);
      expect(broken, place).to.deep.equal([]);
    }
  });

  it('enrol a recipe in the readme within about ten lines', () => {
    const [first = ''] = fencedBlocks(readDocument('README.md').text, 'yaml');
    expect(formOf(first)).to.equal('Resource');
    expect(first.trimEnd().split('\n').length).to.be.at.most(10);
  });
});
