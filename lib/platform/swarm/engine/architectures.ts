import { namesIn } from '../../../fs/exists.ts';

/** Where the kernel lists the formats that it hands to an emulator (binfmt_misc). */
const EMULATORS = '/proc/sys/fs/binfmt_misc';

/** What a processor runs of its smaller brother without an emulator; names as images have them (GOARCH). */
const BROTHERS: Readonly<Record<string, string>> = { amd64: '386', arm64: 'arm' };

/** Names of machines in those of emulators (`qemu-aarch64`, `aarch64-linux`), and the images that they run. */
const MACHINES: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  i386: '386',
  i686: '386',
  aarch64: 'arm64',
  arm: 'arm',
  armv6l: 'arm',
  armv7l: 'arm',
  ppc64le: 'ppc64le',
  riscv64: 'riscv64',
  s390x: 's390x',
};

/** The architectures of images that a host of this one runs, its own first. Pure. */
export function architecturesOf(own: string, emulators: readonly string[]): string[] {
  const machines = emulators.map((name) => name.replace(/^qemu-|-linux$/g, ''));
  const emulated = machines.flatMap((machine) => (Object.hasOwn(MACHINES, machine) ? [MACHINES[machine] ?? ''] : []));
  const brother = BROTHERS[own];
  return [...new Set([own, ...(brother === undefined ? [] : [brother]), ...emulated])];
}

/** Names of the emulators that are registered with the kernel of this host; none where it has no such list. */
export async function registeredEmulators(): Promise<string[]> {
  return await namesIn(EMULATORS);
}
