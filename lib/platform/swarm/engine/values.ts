/**
 * Readers for what an engine answers: nothing in it is trusted to have the form that the API documents. They throw
 * TypeError, which the caller at the edge translates; an absent or null list or map is an empty one, as Go writes them.
 */

/** A JSON object of the engine's API. */
export type ApiObject = Readonly<Record<string, unknown>>;

/** Absent and null read as an empty object. @throws TypeError */
export function objectOf(value: unknown): ApiObject {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value))
    throw new TypeError(`expected an object, found ${typeof value}`);
  return value as ApiObject;
}

/** The value at the end of a chain of fields; undefined where one of them is absent. @throws TypeError */
export function fieldOf(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((current, key) => objectOf(current)[key], value);
}

/** @throws TypeError */
export function listOf(value: unknown): readonly ApiObject[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new TypeError(`expected a list, found ${typeof value}`);
  return value.map(objectOf);
}

/** A text that must be there. @throws TypeError */
export function textOf(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(`expected a text, found ${typeof value}`);
  return value;
}

/** A text, or undefined where it is absent or empty. @throws TypeError */
export function optionalText(value: unknown): string | undefined {
  return value === undefined || value === null || value === '' ? undefined : textOf(value);
}

/** @throws TypeError */
export function numberOf(value: unknown): number {
  if (typeof value !== 'number') throw new TypeError(`expected a number, found ${typeof value}`);
  return value;
}

/** @throws TypeError */
export function optionalNumber(value: unknown): number | undefined {
  return value === undefined || value === null ? undefined : numberOf(value);
}

/** Labels; values that are no texts are left out. @throws TypeError */
export function labelsOf(value: unknown): Record<string, string> {
  const entries = Object.entries(objectOf(value)).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return Object.fromEntries(entries);
}

/** RFC 3339 as Go writes it, nanoseconds cut, in milliseconds since the epoch. @throws TypeError */
export function timeOf(value: unknown): number {
  const at = Date.parse(textOf(value));
  if (Number.isNaN(at)) throw new TypeError(`expected a time, found ${JSON.stringify(value)}`);
  return at;
}
