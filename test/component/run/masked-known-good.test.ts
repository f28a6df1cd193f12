import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { AppHome } from '../../../lib/app/app-home.ts';
import { CANONICAL_DOMAIN, DATA, enrol, type Notes, notesBench } from './enrolled.ts';

const SECRET = 'kept-with-the-known-good';

describe('the secrets of a known-good', () => {
  let notes: Notes;

  beforeEach(async () => {
    notes = await notesBench();
  });
  afterEach(() => notes.bench.close());

  it('I10 stay masked after the zone of the configuration has changed', async () => {
    const { bench } = notes;
    await bench.profile('notes', 'tell.sh', `#!/bin/sh\necho ${SECRET}\nexit 1\n`);
    const tests = [{ name: 'tell', command: ['./tell.sh'], from: 'Profile' as const }];
    await enrol(notes, { ci: { data: DATA, tests } });
    const home = new AppHome(bench.settings.stateDirectory, CANONICAL_DOMAIN);
    await home.createSecret('token', SECRET);
    Object.assign(bench.settings, { zone: 'other.example.org' });
    await bench.restart();
    await bench.write('Run', 'r1', { recipe: 'notes' });
    const status = await bench.finish('r1');
    expect(JSON.stringify(status)).to.include('tell').and.not.include(SECRET);
    const results = join(bench.settings.stateDirectory, status.artifacts ?? '', 'results.json');
    expect(await readFile(results, 'utf8')).not.to.include(SECRET);
  });
});
