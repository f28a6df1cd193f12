import { CcError } from '../errors.ts';
import { castOf } from './compose-casts.ts';
import { type ComposeDocument, isTree } from './compose-document.ts';

/** Keys of a service that are lists, although a mapping would mean something. */
const LISTS = ['volumes', 'secrets', 'configs', 'ports', 'depends_on'];
/** Keys of a service whose lists hold texts. */
const TEXTS = ['environment', 'labels', 'deploy labels', 'sysctls', 'networks', 'depends_on', 'env_file'];
/** Of these each once. */
const NAMES = ['networks', 'depends_on'];

/**
 * Refuses what the docker CLI refuses in a file although its meaning is clear: a mapping for a list, numbers among texts,
 * quotes around a number. Read kindly, a recipe would pass here that no host takes (measured with CLI 28.2).
 * @throws CcError `InvalidInput` with the place.
 */
export function assertAsWritten(document: ComposeDocument): void {
  const { tree } = document;
  if (tree.version !== undefined && tree.version !== null && typeof tree.version !== 'string') {
    throw fault(document, ['version'], 'must be in quotes', 'Write version: "3.8".');
  }
  if (!isTree(tree.services)) return;
  for (const [name, service] of Object.entries(tree.services)) {
    if (isTree(service)) assertForms(document, name, service);
  }
  assertBare(document, tree, []);
}

function assertForms(document: ComposeDocument, name: string, service: Record<string, unknown>): void {
  const valueAt = (key: string): unknown =>
    key.split(' ').reduce<unknown>((node, step) => (isTree(node) ? node[step] : undefined), service) ?? undefined;
  const refuse = (key: string, rule: string, remedy: string): never => {
    throw fault(document, ['services', name, ...key.split(' ')], rule, remedy);
  };
  for (const key of LISTS) {
    const value = valueAt(key);
    if (value !== undefined && !Array.isArray(value)) refuse(key, 'must be a list', 'Begin each line with a hyphen.');
  }
  for (const key of TEXTS) {
    const value = valueAt(key);
    const odd = Array.isArray(value) && value.some((item) => typeof item !== 'string');
    if (odd || (key === 'env_file' && isTree(value)))
      refuse(key, 'must be a list of texts', 'Write KEY=value, in quotes where it is a number.');
  }
  for (const key of NAMES) {
    const value = valueAt(key);
    const repeated = Array.isArray(value) && new Set(value).size < value.length;
    if (repeated) refuse(key, 'must not name one twice', 'Take one of them out.');
  }
}

/** The CLI makes numbers of texts only where a variable stood in them. */
function assertBare(document: ComposeDocument, node: unknown, path: readonly string[]): void {
  if (typeof node === 'object' && node !== null) {
    for (const [key, item] of Object.entries(node)) assertBare(document, item, [...path, key]);
  }
  if (typeof node !== 'string' || castOf(path) === undefined || !document.isLiteral(path)) return;
  throw fault(document, path, 'must be a number, or true or false', 'Write it so, without quotes.');
}

function fault(document: ComposeDocument, path: readonly string[], rule: string, remedy: string): CcError {
  const lengths = path.map((_, index) => path.length - index);
  const [place = document.file] = lengths.flatMap((length) => document.position(path.slice(0, length)) ?? []);
  return new CcError('InvalidInput', `${place}: ${path.join('.')} ${rule}`, { remedy });
}
