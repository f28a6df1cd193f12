import { readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { expect } from 'chai';
import { BOX_DATA, boxFiles } from '../e2e/box-recipe.ts';
import { Bench } from '../e2e/harness.ts';
import { RecipeRepository } from '../e2e/recipes.ts';
import { ROOT } from '../unit/docs/documents.ts';
import { Systemd } from './systemd.ts';

const UNIT = 'cc-ci.service';
const TARGET = `[Unit]\nWants=${UNIT}\n`;

/** The unit as it is shipped, at other places, and as root without any capability: the user of the package is not here. */
function unitOf(bench: Bench): string {
  const path = [dirname(process.execPath), process.env.PATH].join(delimiter);
  const output = join(bench.root, 'log');
  return readFileSync(join(ROOT, 'packaging/systemd', UNIT), 'utf8')
    .replaceAll(/^(User|Group|StateDirectory|StateDirectoryMode)=.*\n/gm, '')
    .replaceAll('/usr/bin/cc-controller', join(ROOT, 'bin/cc-controller'))
    .replaceAll('/etc/cc-ci/cc-ci.yaml', bench.config)
    .replaceAll('/var/lib/cc-ci', bench.root)
    .replace(
      '[Service]\n',
      `[Service]\nEnvironment=PATH=${path}\nStandardOutput=append:${output}\nStandardError=append:${output}\n`,
    );
}

describe('the unit that is shipped', function () {
  this.timeout(240_000);
  let bench: Bench;
  let systemd: Systemd | undefined;
  beforeEach(() => {
    bench = new Bench({ recipeSource: 'recipes/{recipe}' });
  });
  afterEach(async () => {
    await systemd?.stop();
    await bench.dispose();
  });

  it('confines the controller, which deploys, copies and restores inside of that', async () => {
    const { 'release/1.0.0+1.0.0': _note, ...files } = boxFiles('1.0.0+1.0.0');
    new RecipeRepository(join(bench.root, 'recipes', 'box')).release('1.0.0+1.0.0', files);
    bench.apply('Canonical', 'box', { app: { recipe: 'box' }, ci: { data: BOX_DATA } });
    systemd = Systemd.start(bench.root, { [UNIT]: unitOf(bench), 'test.target': TARGET });
    await bench.waitFor('the unit to be ready', () => systemd?.property(UNIT, 'ActiveState') === 'active');
    await bench.waitCondition({ kind: 'Canonical', name: 'box' }, 'Ready', 'True', 120_000);
    const status = systemd.run('cat', `/proc/${systemd.property(UNIT, 'MainPID')}/status`);
    expect(status)
      .to.match(/^NoNewPrivs:\t1$/m)
      .and.match(/^Seccomp:\t2$/m)
      .and.match(/^CapBnd:\t0+$/m);
    expect(systemd.property(UNIT, 'ProtectSystem')).to.equal('strict');
    const { exitCode, stderr } = await bench.ccctl('run', 'box', '--wait');
    expect(exitCode, stderr).to.equal(0);
    systemd.run('systemctl', 'stop', UNIT);
    expect(systemd.property(UNIT, 'Result')).to.equal('success');
  });
});
