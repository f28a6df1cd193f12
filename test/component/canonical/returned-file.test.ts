import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import type { CanonicalStatus } from '../../../lib/api/index.ts';
import { condition, GRACE_MS } from '../run/bench.ts';
import { CANONICAL_DOMAIN, enrol, type Notes, notesBench } from '../run/enrolled.ts';

const KEY = { kind: 'Canonical', name: 'notes' } as const;
const DIARY = { kind: 'Canonical', name: 'diary' } as const;

describe('the file of a canonical that was deleted or renamed', function () {
  this.timeout(60_000);
  let notes: Notes;

  beforeEach(async () => {
    notes = await notesBench({ resyncMs: 60_000 });
    await enrol(notes);
    await notes.bench.write('Run', 'r1', { recipe: 'notes' });
    await notes.bench.finish('r1');
    await notes.bench.pass(KEY);
  });
  afterEach(() => notes.bench.close());

  const status = async (key: typeof KEY | typeof DIARY) => (await notes.bench.status(key)) as CanonicalStatus;

  it('with another recipe it is an edit that is refused, and nothing is deleted while it stands there', async () => {
    const { uid } = notes.bench.object(KEY);
    await notes.bench.remove('notes');
    await notes.bench.pass(KEY);
    expect(condition(await status(KEY), 'Ready')).to.equal('False/Deleting');
    await enrol(notes, { app: { recipe: 'hello', source: notes.recipe.directory } });
    await notes.bench.pass(KEY);
    const shown = await status(KEY);
    expect(condition(shown, 'Accepted')).to.equal('False/ImmutableField');
    expect(shown.refused?.changes).to.deep.include({ field: 'spec.app.recipe', inForce: 'notes', refused: 'hello' });
    expect(condition(shown, 'Ready')).to.equal('True/KnownGood');
    notes.bench.clock.skippedMs += 30 * 24 * 3_600_000;
    await notes.bench.store.sync();
    await notes.bench.pass(KEY);
    expect(notes.bench.object(KEY)).to.deep.include({ uid }).and.not.have.property('deletion');
  });

  it('renamed inside, the old one goes and the new one waits; a purge ends it at once', async () => {
    const path = join(notes.bench.settings.specDirectory, 'notes.yaml');
    const document = parse(await readFile(path, 'utf8'));
    document.metadata.name = 'diary';
    document.spec.app.domain = CANONICAL_DOMAIN;
    await writeFile(path, JSON.stringify(document));
    await notes.bench.store.sync();
    await notes.bench.pass(DIARY);
    expect(condition(await status(DIARY), 'Accepted')).to.equal('False/Renamed');
    notes.bench.clock.skippedMs += GRACE_MS * 2;
    await notes.bench.store.sync();
    for (const key of [KEY, DIARY]) await notes.bench.pass(key);
    expect(condition(await status(KEY), 'Ready')).to.equal('False/Renamed');
    expect(condition(await status(DIARY), 'Accepted'), 'its domain is not free').to.equal('False/Renamed');
    await notes.bench.request(KEY, 'delete', { purge: 'true' });
    await notes.bench.store.sync();
    await notes.bench.until(() => notes.bench.store.get(KEY) === undefined, 'the old one to be gone');
    await notes.bench.until(async () => condition(await status(DIARY), 'Accepted') === 'True/Valid', 'the new one');
    expect((await notes.bench.store.claims.get(CANONICAL_DOMAIN))?.name).to.equal('diary');
  });
});
