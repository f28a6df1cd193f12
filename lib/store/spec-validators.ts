import { Ajv2020, type Options, type ValidateFunction } from 'ajv/dist/2020.js';
import { KINDS } from '../api/kinds.ts';
import { definitionId, SCHEMA_FILES } from './spec-codec-schema.ts';

/** The definitions that the programs ask for, by their names; the build compiles these alone. */
export const VALIDATED: readonly string[] = [
  'Metadata',
  'Name',
  'ControllerConfig',
  ...KINDS.map((kind) => `${kind}Spec`),
];

/** What makes validators of the schemas. `code`: options of the code that it makes. */
export function validatorCompiler(code: Options['code'] = {}): Ajv2020 {
  const ajv = new Ajv2020({
    allErrors: true,
    verbose: true,
    strictTypes: false,
    validateSchema: false,
    code: { optimize: false, ...code },
    logger: false,
  });
  ajv.addVocabulary(['x-mutable']);
  for (const format of ['path', 'program', 'source', 'command']) ajv.addFormat(format, true);
  for (const schema of SCHEMA_FILES) ajv.addSchema(schema);
  return ajv;
}

let compiler: Ajv2020 | undefined;

/**
 * The validator of a definition by its name. Compiled on first use, which takes some 50 ms of CPU each; in what is built,
 * `scripts/validators.mjs` puts functions that are compiled already in the place of this file, for those that are
 * {@link VALIDATED}. Throws RangeError for names that no definition has.
 */
export function validatorOf(name: string): ValidateFunction {
  compiler ??= validatorCompiler();
  const validate = compiler.getSchema(definitionId(name));
  if (validate === undefined) throw new RangeError(`no validator of ${name}`);
  return validate;
}
