import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { identityOf } from '../../../../lib/exec/process-identity.ts';
import { ProcessLayout } from '../../../../lib/platform/process/layout.ts';
import { type MeasuredApp, usageOfServices } from '../../../../lib/platform/process/usage.ts';
import { FakeClock } from '../../../fakes/fake-clock.ts';

const DOMAIN = 'a.example';

describe('what a service uses', () => {
  let root: string;
  let members: Map<string, number[]>;
  let tools: Pick<MeasuredApp, 'layout' | 'processes' | 'clock'>;
  const { signal } = new AbortController();

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'ccci-usage-'));
    const layout = new ProcessLayout(root);
    const app = layout.app(DOMAIN);
    await mkdir(app.volume('data'), { recursive: true });
    await writeFile(join(app.volume('data'), 'file'), Buffer.alloc(100_000, 1));
    await mkdir(app.service('app').home, { recursive: true });
    await writeFile(join(app.service('app').home, 'file'), Buffer.alloc(200_000, 1));
    members = new Map([['app', [process.pid, process.pid]]]);
    const processes = { membersOf: async () => members } as never;
    tools = { layout, processes, clock: new FakeClock() };
  });
  afterEach(() => rm(root, { recursive: true }));

  const recorded = (name: string, volumes: readonly string[] | undefined, pid?: number) =>
    ({
      service: { name, volumes },
      record: pid === undefined ? undefined : { supervisor: { pid } },
      alive: true,
    }) as never;
  const of = (kinds: readonly ('Memory' | 'Disk')[], ...services: never[]) =>
    usageOfServices({ ...tools, domain: DOMAIN, recorded: services, kinds }, signal);

  it('is measured in what was asked for, and in nothing else', async () => {
    const app = recorded('app', ['data']);
    expect(await of([], app)).to.deep.equal([{ service: 'app' }]);
    const [memory] = await of(['Memory'], app);
    expect(memory).to.have.all.keys('service', 'memory');
    const [disk] = await of(['Disk'], app);
    expect(disk).to.have.all.keys('service', 'diskBytes');
    expect(disk!.diskBytes).to.be.within(300_000, 340_000);
    const [both] = await of(['Disk', 'Memory'], app);
    expect(both).to.have.all.keys('service', 'memory', 'diskBytes');
  });

  it('in memory is that of its processes, each once, its supervisor left out', async () => {
    const [own] = await of(['Memory'], recorded('app', []));
    const { startTicks } = await identityOf(process.pid);
    expect(own!.memory?.map(({ id }) => id)).to.deep.equal([`${process.pid}:${startTicks}`]);
    const [{ bytes, mark } = { bytes: 0, mark: undefined }] = own!.memory ?? [];
    expect(bytes).to.be.greaterThan(1_000_000);
    expect(mark!.mostBytes).to.be.at.least(mark!.nowBytes);
    for (const supervised of [recorded('app', [], process.pid), recorded('other', [])]) {
      const [none] = await of(['Memory'], supervised);
      expect(none).to.include({ memoryGap: 'NotRunning' }).and.not.have.property('memory');
    }
  });

  it('on disk is that of its volumes and of its home, where it has one; unnamed volumes are a gap', async () => {
    const [bare, unknown, home] = await of(
      ['Disk'],
      ...[recorded('db', ['data']), recorded('old', undefined), recorded('app', [])],
    );
    expect(bare!.diskBytes).to.be.within(100_000, 120_000);
    expect(unknown).to.include({ diskGap: 'Untold' });
    expect(home!.diskBytes).to.be.within(200_000, 220_000);
  });
});
