import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { makeBackup } from '../../../lib/app/backup-copy.ts';
import { emptyParts, putBack } from '../../../lib/app/backup-restore.ts';
import { CcError } from '../../../lib/errors.ts';
import { childEnv, makeScratch, realTools } from '../snapshot/scratch.ts';

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return error instanceof CcError ? error.code : String(error);
  }
  return 'none';
}

/** Each component of the backed-up path, the volume's own directory too. */
const COMPONENTS = ['data', 'data/sub', 'data/sub/dir', 'data/sub/dir/dump'];
const PART = { volume: 'data', path: 'sub/dir/dump' };

describe('T80 a link in the path of a backup', () => {
  let scratch: ReturnType<typeof makeScratch>;
  let volumes: string;
  let host: string;
  let artifact: string;
  let live: { name: string; path: string }[];

  beforeEach(() => {
    scratch = makeScratch();
    [volumes, host, artifact] = ['volumes', 'host', 'artifact'].map((name) => join(scratch.path, name)) as [
      string,
      string,
      string,
    ];
    for (const [base, text] of [
      [volumes, 'of the app'],
      [host, 'of the host'],
    ] as const) {
      fs.mkdirSync(join(base, 'data/sub/dir/dump'), { recursive: true });
      fs.writeFileSync(join(base, 'data/sub/dir/dump/file'), text);
    }
    live = [{ name: 'data', path: join(volumes, 'data') }];
  });
  afterEach(() => scratch.remove());

  const backUp = () => makeBackup([PART], live, { artifact, tools: realTools() });
  /** The component goes away, and a link to the same place of the host takes its name. */
  const plant = (component: string): void => {
    fs.renameSync(join(volumes, component), join(scratch.path, 'moved'));
    fs.symlinkSync(join(host, component), join(volumes, component));
  };
  const assertHostUntouched = (): void => {
    expect(fs.readdirSync(join(host, 'data/sub/dir/dump'))).to.deep.equal(['file']);
    expect(fs.readFileSync(join(host, 'data/sub/dir/dump/file'), 'utf8')).to.equal('of the host');
  };
  /** Every content in the artifact, links not followed. */
  const copied = (): string =>
    execFileSync('find', [artifact, '-type', 'f', '-exec', 'cat', '{}', '+'], { env: childEnv }).toString();

  for (const component of COMPONENTS) {
    it(`at ${component} copies nothing of the host`, async () => {
      plant(component);
      expect(await codeOf(backUp())).to.be.oneOf(['Refused', 'DataMissing']);
      expect(fs.existsSync(artifact) ? copied() : '').to.equal('');
    });

    it(`at ${component} lets nothing of the host be emptied`, async () => {
      const records = await backUp();
      plant(component);
      const code = await codeOf(emptyParts(records, live));
      // The last component is removed itself, whatever it is; what is on the way to it has to be a directory.
      expect(code).to.equal(component === COMPONENTS.at(-1) ? 'none' : 'Refused');
      assertHostUntouched();
    });

    it(`at ${component} lets nothing be put into the host`, async () => {
      const records = await backUp();
      plant(component);
      const code = await codeOf(putBack(records, live, { artifact, tools: realTools() }));
      expect(code).to.equal(component === COMPONENTS.at(-1) ? 'none' : 'Refused');
      assertHostUntouched();
    });
  }

  it('in the place of a whole volume is not followed either', async () => {
    const whole = [{ volume: 'data', path: '.' }];
    const records = await makeBackup(whole, live, { artifact, tools: realTools() });
    plant('data');
    expect(await codeOf(emptyParts(records, live))).to.equal('Refused');
    expect(await codeOf(makeBackup(whole, live, { artifact: `${artifact}-2`, tools: realTools() }))).to.not.equal(
      'none',
    );
    await putBack(records, live, { artifact, tools: realTools() });
    assertHostUntouched();
    expect(fs.readFileSync(join(volumes, 'data/sub/dir/dump/file'), 'utf8')).to.equal('of the app');
  });

  it('deep in what is backed up is copied and put back as a link', async () => {
    fs.symlinkSync(join(host, 'data'), join(volumes, PART.volume, PART.path, 'link'));
    const records = await backUp();
    expect(copied()).to.equal('of the app');
    await emptyParts(records, live);
    await putBack(records, live, { artifact, tools: realTools() });
    expect(fs.readlinkSync(join(volumes, PART.volume, PART.path, 'link'))).to.equal(join(host, 'data'));
    assertHostUntouched();
  });

  it('a path that leaves the volume is refused, by its text alone', async () => {
    for (const path of ['../../host/data', '/etc', 'sub/../../../host']) {
      const part = { volume: 'data', path };
      expect(await codeOf(makeBackup([part], live, { artifact, tools: realTools() })), path).to.equal('Refused');
      expect(await codeOf(emptyParts([part], live)), path).to.equal('Refused');
      expect(await codeOf(putBack([{ ...part, digest: '' }], live, { artifact, tools: realTools() })), path).to.equal(
        'Refused',
      );
    }
    assertHostUntouched();
  });

  it('makes the directories on the way again that are gone', async () => {
    const records = await backUp();
    fs.rmSync(join(volumes, 'data/sub'), { recursive: true });
    await emptyParts(records, live);
    await putBack(records, live, { artifact, tools: realTools() });
    expect(fs.readFileSync(join(volumes, 'data/sub/dir/dump/file'), 'utf8')).to.equal('of the app');
    expect(fs.readdirSync(volumes)).to.deep.equal(['data']);
  });

  it('a volume that is a mount of its own gets its paths back', async function () {
    const path = join(volumes, 'data');
    try {
      execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', path], { env: childEnv, stdio: 'ignore' });
    } catch {
      return this.skip();
    }
    try {
      fs.mkdirSync(join(path, 'sub/dir/dump'), { recursive: true });
      fs.writeFileSync(join(path, 'sub/dir/dump/file'), 'of the mount');
      const records = await backUp();
      await emptyParts(records, live);
      await putBack(records, live, { artifact, tools: realTools() });
      expect(fs.readFileSync(join(path, 'sub/dir/dump/file'), 'utf8')).to.equal('of the mount');
      expect(fs.readdirSync(path)).to.deep.equal(['sub']);
    } finally {
      execFileSync('umount', [path], { env: childEnv });
    }
  });
});
