import { type Mutant, mutated } from './mutant.ts';
import type { Scratch } from './scratch.ts';

const CONFIG = 'tsconfig.mutants.json';
const LIMIT_MS = 300_000;
/** So many are tried for each that is wanted: about half do not compile. */
const DRAWN_FOR_EACH = 3;

/**
 * The first `count` mutants, in the order in which they are drawn, that the compiler has nothing against: what it
 * refuses nobody can commit. Each call of the compiler judges one mutant per file.
 * @throws Error where the source does not compile without them.
 */
export async function compiling(mutants: Iterable<Mutant>, count: number, scratch: Scratch): Promise<Mutant[]> {
  scratch.write(CONFIG, JSON.stringify({ extends: './tsconfig.json', include: ['lib', 'controllers'] }));
  const found: Mutant[] = [];
  const order = Iterator.from(mutants);
  while (found.length < count) {
    const drawn = [...order.take((count - found.length) * DRAWN_FOR_EACH)];
    if (drawn.length === 0) break;
    const refused = new Set<Mutant>();
    for (const round of rounds(drawn)) for (const mutant of await refusedOf(round, scratch)) refused.add(mutant);
    found.push(...drawn.filter((mutant) => !refused.has(mutant)));
  }
  return found.slice(0, count);
}

/** Parts with one mutant of each file. */
function rounds(mutants: readonly Mutant[]): Mutant[][] {
  const parts: Map<string, Mutant>[] = [];
  for (const mutant of mutants) {
    const part = parts.find((each) => !each.has(mutant.file));
    if (part === undefined) parts.push(new Map([[mutant.file, mutant]]));
    else part.set(mutant.file, mutant);
  }
  return parts.map((part) => [...part.values()]);
}

async function refusedOf(round: readonly Mutant[], scratch: Scratch): Promise<Mutant[]> {
  const texts = round.map((mutant) => ({ mutant, text: scratch.read(mutant.file) }));
  for (const { mutant, text } of texts) scratch.write(mutant.file, mutated(text, mutant));
  const { code, output } = await scratch.run(['tsc', '--noEmit', '--pretty', 'false', '-p', CONFIG], {
    limitMs: LIMIT_MS,
  });
  for (const { mutant, text } of texts) scratch.write(mutant.file, text);
  const wrong = new Set([...output.matchAll(/^(\S+?)\(\d+,\d+\): error/gm)].map(([, file]) => file));
  if (code === undefined || (code !== 0 && wrong.size === 0)) throw new Error(`tsc failed:\n${output}`);
  const refused = round.filter(({ file }) => wrong.has(file));
  if (wrong.size > 0 && refused.length === 0) throw new Error(`the source does not compile:\n${output}`);
  return refused;
}
