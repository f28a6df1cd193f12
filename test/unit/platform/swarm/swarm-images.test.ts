import { expect } from 'chai';
import { CcError } from '../../../../lib/errors.ts';
import { referenceKeys } from '../../../../lib/platform/swarm/image-reference.ts';
import { SwarmImages } from '../../../../lib/platform/swarm/swarm-images.ts';
import { FakeEngine } from '../../../fakes/fake-engine.ts';
import { codeOf } from '../../../rig/code-of.ts';

const { signal } = new AbortController();

describe('the keys of an image reference', () => {
  const rows: [string, string[]][] = [
    ['redis', ['redis:latest']],
    ['redis:7', ['redis:7']],
    ['docker.io/library/redis:7', ['redis:7']],
    ['docker.io/matrix/synapse:1', ['matrix/synapse:1']],
    ['registry.test:5000/a/b:1', ['registry.test:5000/a/b:1']],
    ['redis@sha256:ab', ['redis@sha256:ab']],
    ['redis:7@sha256:ab', ['redis@sha256:ab', 'redis:7']],
  ];
  for (const [reference, keys] of rows)
    it(reference, () => {
      expect(referenceKeys(reference)).to.deep.equal(keys);
    });
});

describe('the images of a node', () => {
  let engine: FakeEngine;
  let images: SwarmImages;

  beforeEach(async () => {
    engine = await new FakeEngine().open();
    images = new SwarmImages(engine);
  });
  afterEach(() => engine.close());

  const have = (id: string, ...names: string[]) => void engine.storedList.push({ id, names, bytes: 1 });
  const states = async (...named: string[]) =>
    Object.fromEntries((await images.list(named, signal)).images.map(({ id, state }) => [id, state]));

  it('T08 I6 are used by containers and services, named by what can be gone back to, or unused', async () => {
    have('sha256:run', 'a:1');
    have('sha256:served', 'docker.io/library/b:1');
    have('sha256:digest', 'c@sha256:cc');
    have('sha256:good', 'd@sha256:dd');
    have('sha256:tag', 'e:2');
    have('sha256:none');
    have('sha256:other', 'f:1');
    engine.imagesOfContainers.push('sha256:run');
    engine.put('stack', 'app', { image: 'b:1', replicas: 0, labels: {} });
    engine.put('stack', 'db', { image: 'c:9@sha256:cc', replicas: 1, labels: {} });
    expect(await states('d:1@sha256:dd', 'e:2', 'f:2')).to.deep.equal({
      ...{ 'sha256:run': 'Used', 'sha256:served': 'Used', 'sha256:digest': 'Used' },
      ...{ 'sha256:good': 'Named', 'sha256:tag': 'Named', 'sha256:none': 'Unused', 'sha256:other': 'Unused' },
    });
  });

  it('ask who uses images after they asked which there are', async () => {
    await states();
    const calls = engine.calls.filter((call) => call === 'storedImages' || call === 'imageUsers');
    expect(calls).to.deep.equal(['storedImages', 'imageUsers']);
  });

  it('tell of other nodes, and where they are', async () => {
    engine.nodes = 3;
    expect(await images.list([], signal)).to.include({ otherNodes: 2, directory: engine.directory });
  });

  it('go by their names, one without a name by its id; one that is gone is no fault', async () => {
    have('sha256:a', 'a:1', 'a@sha256:aa');
    have('sha256:b');
    const held = (await images.list([], signal)).images;
    for (const image of [...held, ...held]) await images.remove(image, signal);
    expect(engine.storedList).to.deep.equal([]);
    expect(engine.calls).to.include.members(['removeImage a:1', 'removeImage a@sha256:aa', 'removeImage sha256:b']);
    expect(engine.calls.filter((call) => /volume|prune/i.test(call))).to.deep.equal([]);
  });

  it('stay where a container came to use one, and where the engine does not answer', async () => {
    have('sha256:a', 'a:1');
    const [image] = (await images.list([], signal)).images;
    engine.imagesOfContainers.push('sha256:a');
    expect(await codeOf(images.remove(image!, signal))).to.equal('Conflict');
    engine.failNext('imageUsers', new CcError('Unreachable', 'x'));
    expect(await codeOf(images.list([], signal))).to.equal('Unreachable');
    expect(engine.storedList).to.have.lengthOf(1);
  });
});
