import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { AlertFiles } from '../../../lib/alerts/alert-files.ts';
import { type Alerts, DurableAlerts } from '../../../lib/alerts/alerts.ts';
import { FLAP_WINDOW_MS, REMIND_MS } from '../../../lib/alerts/history.ts';
import { HistoryFiles } from '../../../lib/alerts/history-files.ts';
import { aFailure } from '../../builders/alert.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { FakeLog } from '../../fakes/fake-log.ts';
import { codeOf } from '../../rig/code-of.ts';
import { FileCalls } from '../../rig/file-calls.ts';

const { object } = aFailure();
/** After each of these something else is there; the files' own tests let every single call fail. */
const CHANGE = /^(?:mkdir|link|rename|unlink)\b/;

describe('alerts that are raised', () => {
  let root: string;
  let clock: FakeClock;
  let runningMs: number;
  let woken: number;
  let alerts: Alerts;

  /** As after a restart: nothing but the files is left. */
  const restarted = (): Alerts =>
    new DurableAlerts({
      files: new AlertFiles(root),
      histories: new HistoryFiles(root, new FakeLog()),
      clock,
      runningMs: () => runningMs,
      onAlert: () => {
        woken += 1;
      },
    });
  const pending = async () => (await new AlertFiles(root).pending()).alerts;
  const recovery = (id: string) => ({
    id,
    object,
    message: 'it is healthy',
    of: ['UpgradeRolledBack', 'Flapping'] as const,
  });

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'ccci-raise-'));
    clock = new FakeClock();
    runningMs = 0;
    woken = 0;
    alerts = restarted();
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('lie in a file of their own, with their severity, and wake the relay', async () => {
    expect(await alerts.raise(aFailure())).to.equal('Told');
    const [alert, ...others] = await pending();
    expect(others).to.deep.equal([]);
    const { facts } = aFailure();
    const time = new Date(clock.now()).toISOString();
    expect(alert).to.deep.include({
      id: 'op-1',
      time,
      severity: 'Warning',
      reason: 'UpgradeRolledBack',
      object,
      facts,
      deliveries: [],
    });
    expect(woken).to.equal(1);
  });

  it('the same id twice is one alert, restarts between', async () => {
    for (let n = 0; n < 3; n += 1) expect(await restarted().raise(aFailure())).to.equal('Told');
    expect(await pending()).to.have.length(1);
    expect(woken).to.equal(1);
  });

  it('the same failure is muted over a restart, reminded of after a day of running time, another one told', async () => {
    await alerts.raise(aFailure());
    runningMs = REMIND_MS - 1;
    expect(await restarted().raise(aFailure({ id: 'op-2', message: 'in other words' }))).to.equal('Muted');
    expect(await restarted().raise(aFailure({ id: 'op-3', facts: { reason: 'DeployFailed' } }))).to.equal('Told');
    runningMs = REMIND_MS;
    expect(await restarted().raise(aFailure({ id: 'op-4' }))).to.equal('Reminded');
    const reminder = (await pending()).find(({ id }) => id === 'op-4');
    expect(reminder?.reminds).to.deep.equal({ id: 'op-1', muted: 1 });
  });

  it('T63 jumps of the wall clock mute nothing and remind of nothing', async () => {
    await alerts.raise(aFailure());
    clock.jump(40 * REMIND_MS);
    expect(await alerts.raise(aFailure({ id: 'op-2' }))).to.equal('Muted');
    clock.jump(-80 * REMIND_MS);
    expect(await alerts.raise(aFailure({ id: 'op-3' }))).to.equal('Muted');
    runningMs = REMIND_MS;
    expect(await alerts.raise(aFailure({ id: 'op-4' }))).to.equal('Reminded');
  });

  it('of other objects are none of this one', async () => {
    await alerts.raise(aFailure());
    expect(await alerts.raise(aFailure({ id: 'op-2', object: { ...object, uid: 'uid-2' } }))).to.equal('Told');
  });

  it('what else happens in the same operation has an alert of its own', async () => {
    await alerts.raise(aFailure());
    for (let n = 0; n < 2; n += 1)
      expect(await restarted().raise(aFailure({ reason: 'RollbackFailed' }))).to.equal('Told');
    expect(await restarted().recovered({ ...recovery('op-1'), of: ['RollbackFailed'] })).to.equal('Told');
    const told = (await pending()).map(({ id, reason, severity }) => `${id} ${reason} ${severity}`);
    expect(told.sort()).to.deep.equal([
      'op-1 UpgradeRolledBack Warning',
      'op-1-Recovered Recovered Info',
      'op-1-RollbackFailed RollbackFailed Critical',
    ]);
  });

  it('an id that another object has takes nothing away', async () => {
    await alerts.raise(aFailure());
    const other = aFailure({ object: { ...object, uid: 'uid-2' } });
    for (let n = 0; n < 2; n += 1) expect(await restarted().raise(other)).to.equal('Told');
    expect((await pending()).map((alert) => alert.object.uid).sort()).to.deep.equal(['uid-1', 'uid-2']);
  });

  it('a recovery is told once and names what it takes back; then the failure is told at once again', async () => {
    expect(await alerts.recovered(recovery('op-0'))).to.equal('Muted');
    await alerts.raise(aFailure());
    expect(await restarted().recovered(recovery('op-2'))).to.equal('Told');
    expect(await restarted().recovered(recovery('op-2'))).to.equal('Muted');
    expect((await pending()).find(({ id }) => id === 'op-2')).to.deep.include({
      severity: 'Info',
      reason: 'Recovered',
      recovers: ['op-1'],
    });
    expect(await restarted().raise(aFailure({ id: 'op-3' }))).to.equal('Told');
  });

  it('an app that flaps is left alone after five repairs, over restarts; it is said once, and somebody may start over', async () => {
    const repair = (n: number) => restarted().repairing({ id: `r${n}`, object, message: 'it was scaled to nothing' });
    for (let n = 1; n <= 5; n += 1) expect(await repair(n)).to.equal('Repair');
    for (let n = 6; n <= 8; n += 1) expect(await repair(n)).to.equal('LeaveAlone');
    runningMs = 10 * FLAP_WINDOW_MS;
    expect(await repair(9)).to.equal('LeaveAlone');
    expect((await pending()).map(({ id, reason, severity }) => [id, reason, severity])).to.deep.equal([
      ['r5', 'Flapping', 'Critical'],
    ]);
    await restarted().startOver(object);
    expect(await repair(10)).to.equal('Repair');
    expect(await restarted().recovered(recovery('op-9'))).to.equal('Told');
  });

  it('a repair is noted before it is allowed', async () => {
    const calls = await FileCalls.on(root);
    calls.beforeNext(/rename/, () => {
      throw Object.assign(new Error('injected'), { code: 'EIO' });
    });
    const code = await codeOf(alerts.repairing({ id: 'r1', object, message: '' })).finally(() => calls.stop());
    expect(code).to.equal('EIO');
  });

  it('an object that is gone is forgotten, its alerts are not', async () => {
    await alerts.raise(aFailure());
    await alerts.forget(object);
    await alerts.forget(object);
    expect(await pending()).to.have.length(1);
    expect(await alerts.raise(aFailure({ id: 'op-2' }))).to.equal('Told');
  });

  it('long and secret texts are cut and masked before they are written', async () => {
    await alerts.raise(aFailure({ message: `see https://bot:hunter22@git.example.org/ ${'x'.repeat(1e6)}` }));
    const [alert] = await pending();
    expect(alert?.message).to.have.length.below(5_000).and.not.include('hunter22');
  });

  it('T82 an id or uid that is no file name is refused, and nothing is written', async () => {
    expect(await codeOf(alerts.raise(aFailure({ id: '../../x' })))).to.equal('InvalidInput');
    expect(await codeOf(alerts.raise(aFailure({ object: { ...object, uid: '../x' } })))).to.equal('InvalidInput');
    expect(await pending()).to.deep.equal([]);
  });

  it('T84 a lost or garbled history tells once more, and damages no alert', async () => {
    await alerts.raise(aFailure());
    writeFileSync(join(root, 'alerts', 'history', 'uid-1.json'), '{');
    expect(await alerts.raise(aFailure({ id: 'op-2' }))).to.equal('Told');
    expect(await alerts.raise(aFailure({ id: 'op-3' }))).to.equal('Muted');
    expect(await pending()).to.have.length(2);
  });

  it('T84 I8 whichever call fails, raising again makes one alert, and what was promised holds', async () => {
    for (let number = 1; ; number += 1) {
      rmSync(join(root, 'alerts'), { recursive: true, force: true });
      const calls = await FileCalls.on(root);
      let failed = false;
      for (let before = 1; before < number; before += 1) calls.beforeNext(CHANGE, () => {});
      calls.beforeNext(CHANGE, () => {
        failed = true;
        throw Object.assign(new Error('injected'), { code: 'EIO' });
      });
      const code = await codeOf(restarted().raise(aFailure())).finally(() => calls.stop());
      if (!failed) break;
      if (!code.startsWith('no error')) expect(await restarted().raise(aFailure())).to.equal('Told');
      expect(await restarted().raise(aFailure({ id: 'op-2' }))).to.equal('Muted');
      expect(await pending(), String(number)).to.have.length(1);
    }
  });
});
