import type { ComposeDocument } from './compose-document.ts';
import { loadFault } from './compose-load-rules.ts';
import { ComposeSchemas } from './compose-schema.ts';

const schemas = new ComposeSchemas();

/**
 * Refuses what the docker CLI refuses in a file, by its own schema and the rules it loads files by, before anything is
 * made uniform: read kindly, a recipe would pass here that no host takes.
 * @throws CcError `InvalidInput` with the place, in the CLI's words.
 */
export function assertTaken(document: ComposeDocument): void {
  const fault = schemas.fault(document.judged) ?? loadFault(document.judged, (path) => document.isDecimal(path));
  if (fault !== undefined) throw document.fault(fault);
}
