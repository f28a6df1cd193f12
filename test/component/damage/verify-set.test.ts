import { mkdirSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { systemCode } from '../../../lib/errors.ts';
import { KnownGoodStore } from '../../../lib/known-good/known-good-store.ts';
import { makeSet } from '../../../lib/snapshot/set.ts';
import type { SetReader } from '../../../lib/snapshot/set-reader.ts';
import { FaultyReader } from '../../fakes/faulty-reader.ts';
import { fields, makeScratch, realTools, ScratchApp } from '../snapshot/scratch.ts';

const never = new AbortController().signal;

describe('a look at a generation', () => {
  let scratch: ReturnType<typeof makeScratch>;
  let reader: FaultyReader;
  let store: KnownGoodStore;

  beforeEach(async () => {
    scratch = makeScratch();
    reader = new FaultyReader();
    store = new KnownGoodStore({ directory: join(scratch.path, 'canonicals', 'notes'), reader });
    const app = new ScratchApp(scratch.path);
    app.fill('good');
    for (const [id, parent] of [['a'], ['b', 'a']] as const) {
      await makeSet({
        id,
        directory: store.sets.directory,
        volumes: [app.volume('data'), app.volume('db')],
        envFile: app.envFile,
        secretsDirectory: app.secretsDirectory,
        fields: { ...fields, ...(parent === undefined ? {} : { parent }) },
        assertUndeployed: async () => {},
        clock: systemClock,
        tools: realTools(),
      });
    }
    await store.swap('b', never);
  });
  afterEach(() => scratch.remove());

  const codeOf = async (look: Promise<unknown>): Promise<string | undefined> => {
    try {
      return `no error: ${JSON.stringify(await look)}`;
    } catch (error) {
      return systemCode(error) ?? String(error);
    }
  };

  const METHODS: readonly (keyof SetReader)[] = ['manifest', 'names', 'exists', 'digest'];
  for (const code of ['EMFILE', 'ENFILE', 'ENOMEM', 'EIO', 'EACCES', 'EINTR']) {
    for (const method of METHODS) {
      it(`T81 that meets ${code} in ${method} is no damage`, async () => {
        reader.failNext(method, code);
        expect(await codeOf(store.sets.verify('b', never))).to.equal(code);
        expect((await store.sets.verify('b', never)).state).to.equal('Intact');
      });
    }

    it(`T81 no ancestor is passed over, and nothing collected, because of ${code}`, async () => {
      reader.failNext('digest', code);
      expect(await codeOf(store.sets.newestIntactAncestor('b', never))).to.equal(code);
      reader.failNext('manifest', code);
      expect(await codeOf(store.collect({ keep: 1, referenced: new Set() }))).to.equal(code);
      expect((await store.sets.list()).map(({ id }) => id).sort()).to.deep.equal(['a', 'b']);
    });
  }

  const DAMAGES: readonly { what: string; damage: (set: string) => void | Promise<void> }[] = [
    { what: 'a byte more', damage: (set) => appendFile(join(set, 'volumes/data/big'), 'x') },
    { what: 'a file that is gone', damage: (set) => unlinkSync(join(set, 'volumes/data/inner/file')) },
    { what: 'a volume that is gone', damage: (set) => rmSync(join(set, 'volumes/db'), { recursive: true }) },
    { what: 'a volume nobody recorded', damage: (set) => void mkdirSync(join(set, 'volumes/more')) },
    { what: 'no volumes at all', damage: (set) => rmSync(join(set, 'volumes'), { recursive: true }) },
    { what: 'secrets that are gone', damage: (set) => rmSync(join(set, 'secrets'), { recursive: true }) },
    { what: 'an env file that is gone', damage: (set) => unlinkSync(join(set, 'env')) },
    { what: 'an empty manifest', damage: (set) => writeFileSync(join(set, 'manifest.json'), '') },
    {
      what: 'a manifest with another seal',
      damage: (set) => writeFileSync(join(set, 'manifest.json'), '{"format":1}'),
    },
    {
      what: 'a file in the place of its volumes',
      damage: (set) => {
        rmSync(join(set, 'volumes'), { recursive: true });
        writeFileSync(join(set, 'volumes'), 'x');
      },
    },
    {
      what: 'a directory in the place of its manifest',
      damage: (set) => {
        rmSync(join(set, 'manifest.json'));
        mkdirSync(join(set, 'manifest.json'));
      },
    },
  ];
  for (const { what, damage } of DAMAGES) {
    it(`T81 ${what} is proven damage`, async () => {
      await damage(store.sets.pathOf('b'));
      expect((await store.sets.verify('b', never)).state).to.equal('Damaged');
    });
  }
});
