import { CcError } from '../../errors.ts';

/** Before 0.10 flags had to stand before positional words, and the env file held no version. */
const OLDEST = [0, 10] as const;
const VERSION = /^abra version ((\d+)\.(\d+)\.\d+(?:-[\w.]+?)??)(?:-([0-9a-f]{7,}))?\s*$/m;

/**
 * The version in what `abra --version` prints: `abra version 0.13.0-beta-06a57de` (abra 0.13).
 * @throws CcError `Unsupported` for another text and for versions before 0.10.
 */
export function supportedVersion(plain: string): string {
  const [, version, major, minor] = VERSION.exec(plain) ?? [];
  if (version === undefined)
    throw new CcError('Unsupported', `this is no abra: --version printed ${JSON.stringify(plain.slice(0, 100))}`, {
      remedy: 'Set abra.binary to the abra program.',
    });
  const [oldMajor, oldMinor] = OLDEST;
  const isOld = Number(major) < oldMajor || (Number(major) === oldMajor && Number(minor) < oldMinor);
  if (!isOld) return version;
  const remedy = 'Install a newer abra.';
  throw new CcError('Unsupported', `abra ${version} is older than ${OLDEST.join('.')}`, { remedy });
}
