import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { explainViolation, type Violation } from './spec-codec-explain.ts';
import { type FieldPath, fieldPathText, type SpecProblem } from './spec-codec-problem.ts';
import { definitionId, SCHEMA_FILES } from './spec-codec-schema.ts';
import type { YamlSource } from './yaml-source.ts';

const MOST_PROBLEMS = 20;

const ajv = new Ajv2020({
  allErrors: true,
  verbose: true,
  strictTypes: false,
  validateSchema: false,
  code: { optimize: false },
  logger: false,
});
for (const format of ['path', 'program', 'source']) ajv.addFormat(format, true);
for (const schema of SCHEMA_FILES) ajv.addSchema(schema);

/**
 * What is wrong with `value` by the definition of that name, in plain words, at most 20 violations. `prefix` is put
 * before each path. Validators are compiled once, on first use.
 */
export function violations(name: string, value: unknown, prefix: FieldPath = []): Violation[] {
  const validate = validatorOf(name);
  if (validate(value)) return [];
  const found = (validate.errors ?? [])
    .slice(0, 10 * MOST_PROBLEMS)
    .map((error: ErrorObject) => explainViolation(error))
    .filter((violation) => violation !== undefined);
  return withoutEchoes(found)
    .slice(0, MOST_PROBLEMS)
    .map((violation) => ({ ...violation, path: [...prefix, ...violation.path] }));
}

/** A value of the wrong type breaks other rules too, which says nothing more. */
function withoutEchoes(found: readonly Violation[]): Violation[] {
  const mistyped = new Set(found.filter(({ code }) => code === 'WrongType').map(({ path }) => fieldPathText(path)));
  return found.filter(({ code, path }) => code === 'WrongType' || !mistyped.has(fieldPathText(path)));
}

/** Violations with the place in the file where each is. */
export function placeViolations(file: string, source: YamlSource, found: readonly Violation[]): SpecProblem[] {
  return found.map((violation) => {
    const { path, at, message, remedy, code } = asWritten(violation, source);
    return { file, ...source.position(path, at), path: fieldPathText(path), message, remedy, code };
  });
}

/** `1.10` is the number 1.1 to YAML; who is to put it in quotes must not be told to lose a digit. */
function asWritten(violation: Violation, source: YamlSource): Violation {
  const { unquoted, path, message, remedy } = violation;
  const written = unquoted === undefined ? undefined : source.written(path);
  if (written === undefined) return violation;
  const told = (text: string): string => text.replace(String(unquoted), () => written);
  return { ...violation, message: told(message), remedy: told(remedy) };
}

function validatorOf(name: string): ValidateFunction {
  const id = definitionId(name);
  const validate = ajv.getSchema(id);
  if (validate === undefined) throw new RangeError(`no validator of ${id}`);
  return validate;
}
