import type { Kind } from '../api/kinds.ts';
import { definition } from './spec-codec-schema.ts';

/** The fields of a spec that may change after the start, as `x-mutable` of the schema marks them, in its order. */
export function mutableFields(kind: Kind): string[] {
  const { properties = {} } = definition(`${kind}Spec`);
  return Object.keys(properties).filter((name) => properties[name]?.['x-mutable'] === true);
}
