import { oneLine } from './table.ts';
import { textWidth } from './text-width.ts';

/** A titled part of `ccctl describe`; without lines it is left out. */
export interface Section {
  title: string;
  lines: readonly string[];
}

/** Text of labelled values in two columns; empty and absent values are left out. */
export function fieldLines(
  fields: readonly (readonly [label: string, value: string | number | undefined])[],
): string[] {
  const present = fields.filter(([, value]) => value !== undefined && value !== '');
  const widest = Math.max(0, ...present.map(([label]) => textWidth(label)));
  return present.map(
    ([label, value]) => `${label}:${' '.repeat(widest - textWidth(label) + 2)}${oneLine(String(value))}`,
  );
}

/** Sections below each other, their lines indented. */
export function renderSections(sections: readonly Section[]): string {
  return sections
    .filter(({ lines }) => lines.length > 0)
    .map(({ title, lines }) => `${title}:\n${lines.map((line) => `  ${line}\n`).join('')}`)
    .join('');
}
