import { expect } from 'chai';
import { KINDS } from '../../../lib/api/kinds.ts';
import { definition } from '../../../lib/store/spec-codec-schema.ts';
import { documents, readDocument } from './documents.ts';

const { text } = readDocument('docs/glossary.md');
const terms = [...text.matchAll(/^\| ([^|]+) \| [^|]+ \|$/gm)]
  .map(([, term = '']) => term.trim())
  .filter((term) => term !== 'word' && !term.startsWith('-'))
  .flatMap((term) => term.split(', '))
  .map((term) => term.replaceAll('`', ''));

const elsewhere = documents()
  .filter(({ path }) => path !== 'docs/glossary.md' && !path.startsWith('docs/adr/') && path !== 'CHANGELOG.md')
  .map(({ text: own }) => own.toLowerCase().replaceAll(/\s+/g, ' '))
  .join('\n');

/** Other forms of a word than the one that is defined. */
const FORMS: Readonly<Record<string, string>> = {
  'failed set': '*failed set*',
  drift: 'drifted',
  residue: 'without residue',
};

describe('docs/glossary.md', () => {
  it('defines each word once', () => {
    expect(terms.length).to.be.greaterThan(80);
    expect(terms.filter((term, index) => terms.indexOf(term) !== index)).to.deep.equal([]);
  });

  it('defines only words that documents use', () => {
    const unused = terms.filter((term) => !elsewhere.includes((FORMS[term] ?? term).toLowerCase()));
    expect(unused).to.deep.equal([]);
  });

  it('names every kind, condition, stage, mode, blame, verdict and platform', () => {
    const enums = ['ConditionType', 'StageName', 'RunMode', 'Blame', 'Verdict', 'PlatformKind'];
    const words = enums.flatMap((name) => definition(name).enum ?? []).map(String);
    expect(words.length).to.be.greaterThan(25);
    expect([...KINDS, ...words].filter((word) => !text.includes(`\`${word}\``))).to.deep.equal([]);
  });
});
