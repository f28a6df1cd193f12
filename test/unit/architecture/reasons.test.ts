import { globSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');

const sources = globSync('{lib,controllers}/**/*.ts', { cwd: ROOT, exclude: ['lib/api/generated/**'] })
  .sort()
  .map((file) => ({ file, text: readFileSync(join(ROOT, file), 'utf8') }));

const schema = JSON.parse(readFileSync(join(ROOT, 'schemas/run.schema.json'), 'utf8')) as {
  $defs: Record<string, { enum?: string[] }>;
};

/** Where a text may be looked into: it is not ours, or it is only not said twice. */
const READERS: Readonly<Record<string, string>> = {
  'lib/errors.ts': 'a cause that its error quotes is said once',
  'lib/platform/swarm/engine/errors.ts': 'what an engine says',
  'lib/platform/swarm/engine/logs.ts': 'what an engine says',
  'lib/platform/swarm/engine/pull.ts': 'what an engine says',
  'lib/run-record/last-words.ts': 'what an app said last is said once',
  'lib/store/yaml-source.ts': 'what the JSON parser of the runtime says',
};

const READS =
  /\b(?:reason|message)\??\.(?:startsWith|endsWith|includes|indexOf|match|matchAll|search|split)\(|\.(?:test|exec)\((?:\w+\??\.)*(?:reason|message)\b/;

/** What is left of a source without types, comparisons and lists of names: what it gives by its own. */
function given(text: string): string {
  return text
    .replace(/^(?:export )?type [^;]*;$/gm, '')
    .replace(/^\s*\| .*$/gm, '')
    .replace(/\??: (?:'\w+' \| )+'\w+'/g, '')
    .replace(/[!=]== '\w+'/g, '')
    .replace(/\[\s*(?:'\w+',?\s*)+\]/g, '');
}

describe('reasons', () => {
  it('are found by no text', () => {
    expect(sources.filter(({ text }) => READS.test(text)).map(({ file }) => file)).to.deep.equal(Object.keys(READERS));
  });

  for (const union of ['StageReason', 'TestReason']) {
    it(`${union}: each is given somewhere`, () => {
      const texts = sources.filter(({ file }) => file !== 'lib/run-record/blame.ts').map(({ text }) => given(text));
      const reasons = schema.$defs[union]?.enum ?? [];
      expect(reasons).not.to.have.length(0);
      expect(reasons.filter((reason) => !texts.some((text) => text.includes(`'${reason}'`)))).to.deep.equal([]);
    });
  }
});
