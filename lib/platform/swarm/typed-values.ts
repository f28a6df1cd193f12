import { mapValues } from '../../api/objects.ts';
import { CcError } from '../../errors.ts';
import { type Cast, castOf, truth } from '../../recipe/compose-casts.ts';
import { isTree } from '../../recipe/compose-document.ts';

/**
 * The tree with numbers and truth values where the compose schema wants them, also where a variable gave a text. Pure.
 * @throws CcError `InvalidInput` naming the key whose text is neither.
 */
export function typedValues(tree: unknown, path: readonly string[] = []): unknown {
  if (Array.isArray(tree)) return tree.map((item, index) => typedValues(item, [...path, String(index)]));
  if (isTree(tree)) return mapValues(tree, (value, key) => typedValues(value, [...path, key]));
  if (typeof tree !== 'string') return tree;
  const cast = castOf(path);
  return cast === undefined ? tree : castText(tree, cast, path);
}

function castText(text: string, cast: Cast, path: readonly string[]): number | boolean {
  const value = cast(text);
  if (value !== undefined) return value;
  const wanted = cast === truth ? 'true or false' : 'a number';
  const remedy = 'Correct it in the compose file, or set the variable that it is read from.';
  throw new CcError('InvalidInput', `${path.join('.')} must be ${wanted}, not "${text}"`, { remedy });
}
