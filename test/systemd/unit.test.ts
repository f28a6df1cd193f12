import { readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { boxFiles } from '../e2e/box-recipe.ts';
import { Bench } from '../e2e/harness.ts';
import { RecipeRepository } from '../e2e/recipes.ts';
import { Systemd } from './systemd.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/cc-controller', import.meta.url));
const UNIT = 'cc-ci.service';
const TARGET = `[Unit]\nWants=${UNIT}\n`;

/** The lines that matter of docs/operations.md; the watchdog bites sooner. */
function unitOf(bench: Bench): string {
  const path = [dirname(process.execPath), process.env.PATH].join(delimiter);
  const output = join(bench.root, 'log');
  return `[Service]
Type=notify
NotifyAccess=all
Environment=PATH=${path}
WorkingDirectory=${bench.root}
ExecStart=${PROGRAM} --config ${bench.config}
ExecReload=/bin/kill -USR2 $MAINPID
WatchdogSec=10
Restart=on-failure
RestartSec=1
KillMode=process
Delegate=yes
TimeoutStopSec=90
UMask=0077
StandardOutput=append:${output}
StandardError=append:${output}
`;
}

describe('a controller under systemd', function () {
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

  const shows = (name: string, wanted: RegExp | string): Promise<boolean> =>
    bench.waitFor(`${name} to be ${wanted}`, () => new RegExp(wanted).test(systemd?.property(UNIT, name) ?? ''));
  const reconfigure = (fields: Record<string, unknown>): void => {
    const before = JSON.parse(readFileSync(bench.config, 'utf8'));
    writeFileSync(bench.config, JSON.stringify({ ...before, ...fields }));
  };

  it('is ready, reloads, is started again where it hangs, and stops; its apps stay', async () => {
    const { 'release/1.0.0+1.0.0': _note, ...files } = boxFiles('1.0.0+1.0.0');
    new RecipeRepository(join(bench.root, 'recipes', 'box')).release('1.0.0+1.0.0', files);
    bench.apply('WarmService', 'box', { app: { recipe: 'box', healthPasses: 1 } });
    systemd = Systemd.start(bench.root, { [UNIT]: unitOf(bench), 'test.target': TARGET });
    await shows('ActiveState', '^active$');
    await shows('StatusText', '^1 object, 0 of 1 run active$');
    const key = { kind: 'WarmService', name: 'box' } as const;
    await bench.waitCondition(key, 'Ready', 'True');
    const app = (): string =>
      readFileSync(join(bench.state, 'apps/warm-box.ci.localhost/services/app/supervisor.json'), 'utf8');
    const before = app();

    reconfigure({ maxRuns: 4 });
    systemd.run('systemctl', 'reload', UNIT);
    await shows('StatusText', '^1 object, 0 of 4 runs active$');
    await shows('ActiveState', '^active$');

    const hung = systemd.property(UNIT, 'MainPID') ?? '';
    systemd.run('kill', '-STOP', hung);
    await shows('NRestarts', '^1$');
    await shows('ActiveState', '^active$');
    expect(systemd.property(UNIT, 'MainPID')).not.to.equal(hung);
    await bench.waitCondition(key, 'Ready', 'True');
    expect(app()).to.equal(before);

    systemd.run('systemctl', 'stop', UNIT);
    expect([systemd.property(UNIT, 'ActiveState'), systemd.property(UNIT, 'Result')]).to.deep.equal([
      'inactive',
      'success',
    ]);
    expect(systemd.property(UNIT, 'StatusText')).to.match(/^Stopping/);
    expect(readFileSync(join(bench.state, 'controller.json'), 'utf8')).to.contain('stopTime');
    expect(app()).to.equal(before);
  });
});
