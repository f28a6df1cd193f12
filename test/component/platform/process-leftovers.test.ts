import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { type ProcessSubject, processSubject } from '../../contract/platform/process-subject.ts';
import { NEVER, NOTES_REF } from './notes-app.ts';

describe('process platform: what is left of an app', () => {
  let subject: ProcessSubject;

  beforeEach(async () => {
    subject = await processSubject('Marks');
  });
  afterEach(() => subject.close());

  it('T62 is its directory, too, though nothing is in it; it goes with the next removal', async () => {
    await mkdir(join(subject.stateDirectory, 'apps', NOTES_REF.domain), { recursive: true });
    expect(await subject.platform.leftovers(NOTES_REF, NEVER)).to.have.lengthOf(1);
    await subject.platform.destroy(NOTES_REF, NEVER);
    expect(await subject.platform.leftovers(NOTES_REF, NEVER)).to.deep.equal([]);
  });
});
