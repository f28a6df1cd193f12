import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { sweepTemps } from '../../../lib/store/temp-sweep.ts';

const HOUR_MS = 3_600_000;
const HEX = '0123456789ab';

describe('the temp files of killed writers', () => {
  let root: string;
  const now = Date.now();
  const place = (path: string, ageMs = 0): string => {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, '');
    utimesSync(file, (now - ageMs) / 1000, (now - ageMs) / 1000);
    return file;
  };
  const sweep = (when: 'Start' | 'Later') =>
    sweepTemps({ stateDirectory: join(root, 'state'), specDirectories: [join(root, 'specs')], now, when });

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'ccci-temps-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const own = [
    `state/.tmp-index.jsonl-${HEX}`,
    `state/objects/Run/a/.tmp-object.json-${HEX}`,
    `state/claims/.tmp-a.example.org.json-${HEX}`,
    `state/alerts/.tmp-op-1.json-${HEX}`,
    `state/alerts/history/.tmp-uid-1.json-${HEX}`,
    `state/canonicals/a/.tmp-volumes.json-${HEX}`,
    `state/warm/a/.tmp-judged.json-${HEX}`,
    `state/runs/a-01234567/.tmp-progress.json-${HEX}`,
    `state/apps/a.example.org/.tmp-platform.json-${HEX}`,
    `state/apps/a.example.org/secrets/.tmp-password-${HEX}`,
  ];
  const shared = [
    `state/requests/.tmp-r.json-${HEX}`,
    `state/specs/.tmp-run.yaml-${HEX}`,
    `specs/.tmp-a.yaml.status.yaml-${HEX}`,
    `specs/.tmp-.gitignore-${HEX}`,
    `state/apps/a.example.org/services/app/.tmp-supervisor.json-${HEX}`,
  ];

  it('go at the start', async () => {
    const files = own.map((path) => place(path));
    expect((await sweep('Start')).toSorted()).to.deep.equal(files.toSorted());
    expect(files.some((file) => existsSync(file))).to.equal(false);
  });

  it('go later, once no living writer can be using them', async () => {
    const files = [...own, ...shared].map((path) => place(path, HOUR_MS));
    expect((await sweep('Later')).toSorted()).to.deep.equal(files.toSorted());
  });

  it('stay while a living writer may be using them', async () => {
    for (const path of [...own, ...shared]) place(path);
    expect(await sweep('Later')).to.deep.equal([]);
    for (const path of own) rmSync(join(root, path));
    expect(await sweep('Start')).to.deep.equal([]);
  });

  it("are told from what is somebody else's", async () => {
    const others = [
      `specs/.tmp-notes.yaml-${HEX}`,
      'specs/.tmp-mine',
      'state/objects/Run/a/object.json',
      'state/apps/a.example.org/.tmp-mine',
      `state/apps/a.example.org/volumes/data/.tmp-x-${HEX}`,
      `state/apps/a.example.org/revisions/c/.tmp-x-${HEX}`,
      `elsewhere/.tmp-x-${HEX}`,
    ].map((path) => place(path, HOUR_MS));
    symlinkSync(join(root, 'elsewhere'), join(root, 'state/objects/Sweep'));
    expect([...(await sweep('Start')), ...(await sweep('Later'))]).to.deep.equal([]);
    expect(others.every((file) => existsSync(file))).to.equal(true);
  });
});
