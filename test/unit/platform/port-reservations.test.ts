import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { RecordFiles } from '../../../lib/fs/record-files.ts';
import { PortReservations } from '../../../lib/platform/port-reservations.ts';
import { codeOf } from '../../contract/platform/platform-contract.ts';
import { putInsteadOf } from '../../rig/record-places.ts';

describe('PortReservations', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'ccci-ports-'));
  });

  afterEach(async () => {
    await rm(directory, { recursive: true, force: true });
  });

  const ports = (first: number, last = first): PortReservations =>
    new PortReservations({
      records: new RecordFiles(directory),
      directory: join(directory, 'ports'),
      range: { first, last },
      clock: systemClock,
    });
  const use = (domain: string, name = '') => ({ domain, service: 'app', name });

  it('keeps a use at its port, also over a restart', async () => {
    const { port } = await ports(29_000, 29_020).reserve(use('a'));
    expect(await ports(29_000, 29_020).reserve(use('a'))).to.include({ port });
    expect(await ports(29_000, 29_020).list('a')).to.deep.equal([{ ...use('a'), port }]);
  });

  it('many at once never share a port', async () => {
    const made = await Promise.all(
      Array.from({ length: 12 }, (_, index) => ports(29_100, 29_160).reserve(use(`app${index}`))),
    );
    expect(new Set(made.map(({ port }) => port)).size).to.equal(12);
  });

  it('an exhausted range is a Conflict; a release makes room', async () => {
    const range = ports(29_200, 29_201);
    await range.reserve(use('a'));
    await range.reserve(use('a', 'admin'));
    expect(await codeOf(range.reserve(use('b')))).to.equal('Conflict');
    for (let time = 0; time < 2; time += 1) await range.release('a');
    await range.reserve(use('b'));
    expect((await range.list()).map(({ domain }) => domain)).to.deep.equal(['b']);
  });

  it('what a killed write left behind is no reservation', async () => {
    await ports(29_300, 29_310).reserve(use('a'));
    await writeFile(join(directory, 'ports', '.tmp-29301-x'), 'torn');
    expect(await ports(29_300, 29_310).list()).to.have.lengthOf(1);
    expect(await ports(29_300, 29_310).reserve(use('b'))).to.include({ domain: 'b' });
  });

  for (const text of ['', '{', '{"port":1}']) {
    it(`T84 a reservation that holds ${JSON.stringify(text)} is repaired from the log`, async () => {
      const { port } = await ports(29_400, 29_410).reserve(use('a'));
      await writeFile(join(directory, 'ports', String(port)), text);
      expect(await ports(29_400, 29_410).list('a')).to.deep.equal([{ ...use('a'), port }]);
    });

    it(`T84 one of which nobody can tell whose it is holds up nobody (${JSON.stringify(text)})`, async () => {
      const { port } = await ports(29_500, 29_501).reserve(use('a'));
      putInsteadOf(directory, `ports/${port}`, text);
      expect(await ports(29_500, 29_501).list()).to.deep.equal([]);
      expect((await ports(29_500, 29_501).reserve(use('b'))).port).not.to.equal(port);
    });
  }

  it('names the ports that do not become free in time', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    expect(await ports(1).waitUntilFree([port], 50)).to.deep.equal([port]);
    await new Promise((resolve) => server.close(resolve));
    expect(await ports(1).waitUntilFree([port], 5000)).to.deep.equal([]);
  });
});
