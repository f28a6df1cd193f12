import { expect } from 'chai';
import { composeFilesOf, readCompose } from '../../../lib/recipe/compose.ts';
import { type ReadRevision, staleNames } from '../../../lib/recipe/stale-names.ts';
import { recipeDirectory, removeRecipes } from './recipe-files.ts';

const COMPOSE = `services: {app: {image: x}}
configs: {entry: {name: "\${STACK_NAME}_entry_\${ENTRY_VERSION}", file: entry.sh, template_driver: golang}}
secrets: {key: {file: key.txt}}
`;
const FILES = { 'compose.yml': COMPOSE, 'abra.sh': 'export ENTRY_VERSION=v1\n', 'entry.sh': 'one', 'key.txt': 'k' };

async function revision(changed: Readonly<Record<string, string>> = {}): Promise<ReadRevision> {
  const directory = await recipeDirectory({ ...FILES, ...changed });
  const extra = { STACK_NAME: 'st' };
  return { directory, compose: await readCompose({ directory, files: composeFilesOf({}), env: {}, extra }) };
}

describe('configs and secrets that changed under their old name', () => {
  afterEach(removeRecipes);

  it('T41 are named, with the version that must rise', async () => {
    const [found, ...others] = await staleNames(await revision({ 'entry.sh': 'two' }), await revision());
    expect(others).to.deep.equal([]);
    for (const part of ['configs.entry', 'entry.sh', 'st_entry_v1', 'ENTRY_VERSION']) expect(found).to.include(part);
    expect(await staleNames(await revision({ 'key.txt': 'other' }), await revision())).to.have.lengthOf(1);
  });

  it('are none where the name rose, or nothing changed, or the file is new', async () => {
    const risen = { 'entry.sh': 'two', 'abra.sh': 'export ENTRY_VERSION=v2\n' };
    expect(await staleNames(await revision(risen), await revision())).to.deep.equal([]);
    expect(await staleNames(await revision(), await revision())).to.deep.equal([]);
    const without = { 'compose.yml': 'services: {app: {image: x}}' };
    expect(await staleNames(await revision(), await revision(without))).to.deep.equal([]);
  });
});
