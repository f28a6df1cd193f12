import * as fs from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { areArtifactsInPlace, makeArtifacts } from '../../../controllers/run/steps/artifacts.ts';
import { logFilesOf } from '../../../lib/cli/log-files.ts';
import type { ObjectView } from '../../../lib/cli/view.ts';
import { makeScratch } from '../snapshot/scratch.ts';

describe('T80 directories that a command may have swapped for links', () => {
  let scratch: ReturnType<typeof makeScratch>;
  let run: string;
  let host: string;

  beforeEach(() => {
    scratch = makeScratch();
    [run, host] = [join(scratch.path, 'run'), join(scratch.path, 'host')];
    fs.mkdirSync(run);
    fs.mkdirSync(join(host, 'smoke'), { recursive: true });
    fs.writeFileSync(join(host, 'smoke', 'precious.log'), 'of the host');
  });
  afterEach(() => scratch.remove());

  const assertHostUntouched = (): void => {
    expect(fs.readdirSync(host)).to.deep.equal(['smoke']);
    expect(fs.readdirSync(join(host, 'smoke'))).to.deep.equal(['precious.log']);
  };

  it('are in place where the command left them, and where it removed them', async () => {
    const directory = await makeArtifacts(run, 'smoke');
    expect(directory).to.equal(join(run, 'artifacts/smoke'));
    fs.writeFileSync(join(directory, 'report.xml'), '');
    expect(await areArtifactsInPlace(run, 'smoke')).to.equal(true);
    await makeArtifacts(run, 'smoke');
    expect(fs.readdirSync(directory)).to.deep.equal([]);
    fs.rmdirSync(directory);
    expect(await areArtifactsInPlace(run, 'smoke')).to.equal(true);
  });

  for (const component of ['artifacts', 'artifacts/smoke']) {
    it(`at ${component} are noticed, and made anew without following the link`, async () => {
      await makeArtifacts(run, 'smoke');
      fs.rmSync(join(run, component), { recursive: true });
      fs.symlinkSync(component === 'artifacts' ? host : join(host, 'smoke'), join(run, component));
      expect(await areArtifactsInPlace(run, 'smoke')).to.equal(false);
      const directory = await makeArtifacts(run, 'smoke');
      expect(fs.readdirSync(directory)).to.deep.equal([]);
      expect(await areArtifactsInPlace(run, 'smoke')).to.equal(true);
      assertHostUntouched();
    });
  }

  it('among the logs are not shown', async () => {
    const logs = join(scratch.path, 'runs/r1-12345678/logs');
    fs.mkdirSync(join(logs, 'deep'), { recursive: true });
    fs.writeFileSync(join(logs, 'deep/own.log'), 'own');
    fs.symlinkSync(join(host, 'smoke'), join(logs, 'linked'));
    fs.symlinkSync(join(host, 'smoke/precious.log'), join(logs, 'precious.log'));
    const view = { object: { kind: 'Run', name: 'r1', uid: '12345678-0000' }, status: {} } as unknown as ObjectView;
    expect((await logFilesOf(scratch.path, view)).map(({ name }) => name)).to.deep.equal(['deep/own']);
  });
});
