/** One fenced block of commands, and what the document says that it prints. */
export interface Block {
  commands: string;
  /** Lines in their order; `…` stands for anything. Empty: nothing is said. */
  prints: readonly string[];
}

/** One numbered step. */
export interface Step {
  number: number;
  title: string;
  minutes: number;
  blocks: readonly Block[];
}

/** The numbered steps of a document. Pure. @throws Error for a step that does not say how long it takes. */
export function stepsOf(text: string): Step[] {
  const sections = text.split(/^## (?=\d+\. )/m).slice(1);
  return sections.map((section) => {
    const [heading = ''] = section.split('\n', 1);
    const [, number, title = '', minutes] = /^(\d+)\. (.*) \((\d+) minutes?\)$/.exec(heading) ?? [];
    if (number === undefined) throw new Error(`"${heading}" does not say how long it takes`);
    return { number: Number(number), title, minutes: Number(minutes), blocks: blocksOf(section) };
  });
}

/** Every section of a document, in order, with its blocks. Pure. */
export function sectionsOf(text: string): { title: string; blocks: readonly Block[] }[] {
  return text
    .split(/^## /m)
    .slice(1)
    .map((section) => ({ title: section.split('\n', 1)[0] ?? '', blocks: blocksOf(section) }));
}

function blocksOf(section: string): Block[] {
  const own = section.split(/^## /m, 1)[0] ?? '';
  const fences = [...own.matchAll(/^```(\S*)\n([\s\S]*?)^```$/gm)].map(([, name = '', body = '']) => ({ name, body }));
  return fences.flatMap(({ name, body }, index) => {
    if (name !== 'sh') return [];
    const next = fences[index + 1];
    return [{ commands: body, prints: next?.name === 'text' ? next.body.trimEnd().split('\n') : [] }];
  });
}

/** The lines of `wanted` that `printed` has not, in that order; runs of blanks count as one. Pure. */
export function missingLines(wanted: readonly string[], printed: string): string[] {
  const lines = printed.split('\n').map(oneBlank);
  let from = 0;
  return wanted.filter((line) => {
    const found = lines.findIndex((one, index) => index >= from && patternOf(line).test(one));
    if (found >= 0) from = found + 1;
    return found < 0;
  });
}

function patternOf(line: string): RegExp {
  const parts = oneBlank(line)
    .split('…')
    .map((part) => part.trim().replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`);
}

function oneBlank(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

/** The commands with other values of the variables that the first block sets. @throws Error for one that it does not set. */
export function withValues(commands: string, values: Readonly<Record<string, string>>): string {
  return Object.entries(values).reduce((text, [name, value]) => {
    const line = new RegExp(`^${name}=.*$`, 'm');
    if (!line.test(text)) throw new Error(`the first step does not set ${name}`);
    return text.replace(line, () => `${name}='${value}'`);
  }, commands);
}
