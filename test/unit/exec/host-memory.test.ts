import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { memoryCgroups } from '../../../lib/exec/cgroup-mount.ts';
import { ProcMemory } from '../../../lib/exec/host-memory.ts';

const MEMINFO = 'MemTotal:        8000 kB\nMemFree:          100 kB\nMemAvailable:    4000 kB\n';
const V2_MOUNT = '30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n';
const V1_MOUNT = '33 31 0:31 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n';
const OF_CPU = '34 31 0:32 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n';
const KIB = 1024;

describe('memory that work may take', () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'ccci-memory-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  function host(files: Readonly<Record<string, string>>): Promise<unknown> {
    for (const [path, text] of Object.entries({ 'proc/meminfo': MEMINFO, ...files })) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return new ProcMemory(root).read();
  }
  const own = (mountinfo: string, self: string) => ({ 'proc/self/mountinfo': mountinfo, 'proc/self/cgroup': self });
  const v2 = (path: string, max: string, current: number, cache = 0) => ({
    [`sys/fs/cgroup${path}/memory.max`]: `${max}\n`,
    [`sys/fs/cgroup${path}/memory.current`]: `${current}\n`,
    [`sys/fs/cgroup${path}/memory.stat`]: `anon 1\ninactive_file ${cache}\n`,
  });
  const whole = { availableBytes: 4000 * KIB, totalBytes: 8000 * KIB };

  it('is what the host has, where no cgroup bounds it', async () => {
    expect(await host({})).to.deep.equal(whole);
    const service = own(V2_MOUNT, '0::/a/b\n');
    expect(await host({ ...service, ...v2('/a/b', 'max', 5) })).to.deep.equal(whole);
  });

  it('is what the narrowest cgroup has, also one above; cache that can go counts as free', async () => {
    const service = own(V2_MOUNT, '0::/a/b\n');
    const files = { ...service, ...v2('/a/b', 'max', 5), ...v2('/a', `${3000 * KIB}`, 2000 * KIB, 500 * KIB) };
    expect(await host(files)).to.deep.equal({ availableBytes: 1500 * KIB, totalBytes: 3000 * KIB });
  });

  it('is nothing where the cgroup is full, and never less', async () => {
    const files = { ...own(V2_MOUNT, '0::/a\n'), ...v2('/a', '1000', 2000) };
    expect(await host(files)).to.deep.equal({ availableBytes: 0, totalBytes: 1000 });
  });

  it('is the less of both, each figure by itself', async () => {
    const files = { ...own(V2_MOUNT, '0::/a\n'), ...v2('/a', `${6000 * KIB}`, 0) };
    expect(await host(files)).to.deep.equal({ availableBytes: 4000 * KIB, totalBytes: 6000 * KIB });
  });

  it('is bounded by cgroups of version 1 as well', async () => {
    const files = {
      ...own(V1_MOUNT + V2_MOUNT.replace('/cgroup rw', '/cgroup/unified rw'), '4:memory:/x\n0::/\n'),
      'sys/fs/cgroup/memory/x/memory.limit_in_bytes': '4096000\n',
      'sys/fs/cgroup/memory/x/memory.usage_in_bytes': '96000\n',
      'sys/fs/cgroup/memory/x/memory.stat': 'inactive_file 1\ntotal_inactive_file 0\n',
      'sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
      'sys/fs/cgroup/memory/memory.usage_in_bytes': '5\n',
    };
    expect(await host(files)).to.deep.equal({ availableBytes: 4_000_000, totalBytes: 4_096_000 });
  });

  it('is not known where the host does not tell', async () => {
    expect(await host({ 'proc/meminfo': 'MemTotal: 8000 kB\n' })).to.equal(undefined);
    rmSync(join(root, 'proc'), { recursive: true });
    expect(await new ProcMemory(root).read()).to.equal(undefined);
  });

  it('of this host is some', async () => {
    const { availableBytes = 0, totalBytes = 0 } = (await new ProcMemory().read()) ?? {};
    expect(availableBytes).to.be.within(1, totalBytes);
  });
});

describe('cgroups that bound memory', () => {
  const directories = (mountinfo: string, self: string) =>
    memoryCgroups(mountinfo, self).map(({ directory, files }) => `${directory} ${files.limit}`);

  it('are that of the process, and all above it', () => {
    expect(directories(V2_MOUNT, '0::/a/b\n')).to.deep.equal(
      ['/a/b', '/a', ''].map((path) => `/sys/fs/cgroup${path} memory.max`),
    );
    expect(directories(OF_CPU + V1_MOUNT, '5:cpu,cpuacct:/c\n4:hugetlb,memory:/x\n')).to.deep.equal(
      ['/x', ''].map((path) => `/sys/fs/cgroup/memory${path} memory.limit_in_bytes`),
    );
  });

  it('are none where the process is in none', () => {
    expect(directories(V1_MOUNT, '0::/\n')).to.deep.equal([]);
  });

  it('of a container are those that it sees', () => {
    const mount = '30 23 0:26 /docker/x /sys/fs/cgroup rw - cgroup2 cgroup rw\n';
    expect(directories(mount, '0::/docker/x/y\n')).to.deep.equal([
      '/sys/fs/cgroup/y memory.max',
      '/sys/fs/cgroup memory.max',
    ]);
    expect(directories(mount, '0::/elsewhere\n')).to.deep.equal(['/sys/fs/cgroup memory.max']);
  });
});
