import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXPRESSION_FAULTS } from './expression-faults.ts';
import { KINDS, type Kind, type Mutant, toMutant } from './mutant.ts';
import { type Rule, STATEMENT_FAULTS } from './statement-faults.ts';
import { visitsOf } from './syntax.ts';

const RULES: Readonly<Record<Kind, Rule>> = { ...STATEMENT_FAULTS, ...EXPRESSION_FAULTS };

/** Every fault that can be made in a text. Pure. @throws SyntaxError where it does not parse. */
export function faultsOf(file: string, text: string): Mutant[] {
  const visits = visitsOf(text);
  const all = KINDS.flatMap((kind) =>
    visits.flatMap((visit) => RULES[kind](visit, text).map((edit) => toMutant(edit, kind, { file, text }))),
  );
  return [...Map.groupBy(all, ({ id }) => id).values()].flatMap(numbered);
}

/** The same fault of the same line, where a text has that line more than once. */
function numbered(same: readonly Mutant[]): Mutant[] {
  return same.map((mutant, index) => (index === 0 ? mutant : { ...mutant, id: `${mutant.id}-${index + 1}` }));
}

/** Every fault that can be made below a directory of the project. */
export function faultsBelow(root: string, directory: string): Mutant[] {
  const files = globSync(`${directory}/**/*.ts`, { cwd: root }).sort();
  return files.flatMap((file) => faultsOf(file, readFileSync(join(root, file), 'utf8')));
}

/** All in an order that chance and the seed choose: first the kind, each as likely as the next, then one of it. Pure. */
export function* drawn(mutants: readonly Mutant[], seed: string): Generator<Mutant> {
  const random = randomOf(seed);
  const left = new Map(KINDS.map((kind) => [kind, mutants.filter((each) => each.kind === kind)]));
  for (;;) {
    const lists = [...left.values()].filter((list) => list.length > 0);
    const list = lists[Math.floor(random() * lists.length)];
    if (list === undefined) return;
    yield* list.splice(Math.floor(random() * list.length), 1);
  }
}

/** Numbers from 0 to below 1; the same ones for the same seed (mulberry32 over a hash of the seed's characters). */
function randomOf(seed: string): () => number {
  let state = 0;
  for (const character of seed) state = (Math.imul(state, 31) + (character.codePointAt(0) ?? 0)) | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
