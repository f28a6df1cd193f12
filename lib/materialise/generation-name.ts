/** How much of the digest of a set is in the name of its generation. */
const DIGEST_LENGTH = 12;
const NAME = /^(\d{4,})-([0-9a-f]{12})$/;

/** `0007-3f2a9c01b2d4`: the seventh generation, and the beginning of the digest of what it was made from. */
export interface GenerationName {
  name: string;
  number: number;
  digest: string;
}

/** The generations among names, the newest first. Pure. */
export function generationsAmong(names: readonly string[]): GenerationName[] {
  const found = names.flatMap((name) => {
    const [, number, digest] = NAME.exec(name) ?? [];
    return number === undefined || digest === undefined ? [] : [{ name, number: Number(number), digest }];
  });
  return found.sort((a, b) => b.number - a.number);
}

/** The name of a generation after all of those. A clock that jumps does not change their order. Pure. */
export function nextGeneration(known: readonly GenerationName[], digest: string): string {
  const number = (known[0]?.number ?? 0) + 1;
  return `${String(number).padStart(4, '0')}-${digest.slice(0, DIGEST_LENGTH)}`;
}

/** Whether a generation holds what it was made from, by the digest of what it holds now. Pure. */
export function isAsMade({ digest }: GenerationName, digestNow: string): boolean {
  return digestNow.startsWith(digest);
}

/** What may go: all but so many of the newest, and never one of `needed`. Pure. */
export function superfluous(known: readonly GenerationName[], needed: readonly string[], keep: number): string[] {
  const others = known.map(({ name }) => name).filter((name) => !needed.includes(name));
  return others.slice(Math.max(0, keep - needed.length));
}
