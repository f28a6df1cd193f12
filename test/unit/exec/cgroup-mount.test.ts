import { expect } from 'chai';
import { cgroupPlaces } from '../../../lib/exec/cgroup-mount.ts';

const V1 = '33 31 0:31 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory';
const hybrid = `31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n${V1}\n41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n`;
const unified = '30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n';

describe('cgroupPlaces', () => {
  const rows: [string, { mountinfo: string; self: string; places: string[] }][] = [
    [
      'a service of systemd is below its own cgroup, else below the top',
      {
        mountinfo: unified,
        self: '0::/system.slice/cc-ci.service\n',
        places: ['/sys/fs/cgroup/system.slice/cc-ci.service', '/sys/fs/cgroup'],
      },
    ],
    [
      'a hybrid host has version 2 beside version 1',
      {
        mountinfo: hybrid,
        self: '4:memory:/a/b\n0::/a\n',
        places: ['/sys/fs/cgroup/unified/a', '/sys/fs/cgroup/unified'],
      },
    ],
    ['the top itself is named once', { mountinfo: hybrid, self: '0::/\n', places: ['/sys/fs/cgroup/unified'] }],
    [
      'a container sees a part of the hierarchy',
      {
        mountinfo: '30 23 0:26 /docker/x /sys/fs/cgroup rw - cgroup2 cgroup rw\n',
        self: '0::/docker/x/y\n',
        places: ['/sys/fs/cgroup/y', '/sys/fs/cgroup'],
      },
    ],
    [
      'a cgroup outside of what is mounted is no place',
      {
        mountinfo: '30 23 0:26 /docker/x /sys/fs/cgroup rw - cgroup2 cgroup rw\n',
        self: '0::/docker/xy\n',
        places: ['/sys/fs/cgroup'],
      },
    ],
    ['nor is one outside of the namespace', { mountinfo: unified, self: '0::/../other\n', places: ['/sys/fs/cgroup'] }],
    [
      'spaces in a mount point are octal',
      { mountinfo: '30 23 0:26 / /my\\040groups rw - cgroup2 cgroup2 rw\n', self: '0::/\n', places: ['/my groups'] },
    ],
    ['version 1 alone has none', { mountinfo: `${V1}\n`, self: '4:memory:/a\n', places: [] }],
  ];
  for (const [title, { mountinfo, self, places }] of rows) {
    it(title, () => {
      expect(cgroupPlaces(mountinfo, self)).to.deep.equal(places);
    });
  }
});
