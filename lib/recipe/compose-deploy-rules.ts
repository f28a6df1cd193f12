import { isTree, type Tree } from './compose-document.ts';
import type { ComposeReader } from './compose-reader.ts';
import { isImageName } from './compose-service.ts';

const OPTIONS = ['bind', 'volume', 'tmpfs'];

/**
 * Refuses what the docker CLI refuses of merged files only when it deploys (`cli/compose/convert`): by then something runs
 * already, and on hosts without docker nobody would say so. @throws CcError `InvalidInput` with the place.
 */
export function assertDeployable(reader: ComposeReader): void {
  for (const name of Object.keys(reader.map(['services']))) {
    const at = ['services', name];
    const service = reader.map(at);
    refuseImage(reader, at, service.image);
    refuseMode(reader, [...at, 'deploy'], reader.map([...at, 'deploy']));
    refuseHealthcheck(reader, [...at, 'healthcheck'], reader.map([...at, 'healthcheck']));
    for (const [key, mount] of Object.entries(reader.map([...at, 'volumes']))) {
      if (isTree(mount)) refuseMount(reader, [...at, 'volumes', key], mount);
    }
  }
}

function refuseImage(reader: ComposeReader, at: readonly string[], image: unknown): void {
  if (typeof image !== 'string' || image === '' || isImageName(image)) return;
  throw reader.fault(
    [...at, 'image'],
    `: invalid image reference: ${image.slice(0, 80)}`,
    'Write name:tag, in lower case.',
  );
}

function refuseMode(reader: ComposeReader, at: readonly string[], { mode, replicas }: Tree): void {
  if (replicas === undefined || (mode !== 'global' && mode !== 'global-job')) return;
  const rule = 'can only be used with replicated or replicated-job mode';
  throw reader.fault([...at, 'replicas'], rule, 'Take replicas out, or write another mode.');
}

function refuseHealthcheck(reader: ComposeReader, at: readonly string[], { test, disable }: Tree): void {
  const tests = Array.isArray(test) ? test.length > 0 : test !== undefined;
  if (disable !== true || !tests) return;
  throw reader.fault([...at, 'disable'], ": test and disable can't be set at the same time", 'Keep one of them.');
}

function refuseMount(reader: ComposeReader, at: readonly string[], mount: Tree): void {
  const type = String(mount.type);
  const other = OPTIONS.find((key) => key !== type && mount[key] !== undefined && mount[key] !== null);
  if (other !== undefined && OPTIONS.includes(type))
    throw reader.fault(at, `: ${other} options are incompatible with type ${type}`, `Take ${other} out.`);
  if (type === 'tmpfs' && mount.source !== undefined && mount.source !== '')
    throw reader.fault(at, ': invalid tmpfs source, source must be empty', 'Take source out.');
}
