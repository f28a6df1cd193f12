import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv } from 'node:process';
import { pathToFileURL } from 'node:url';

export interface Behaviour {
  /** `V`: seen in public documents or sources; `M`: from memory, not verified. */
  grade: 'V' | 'M';
  text: string;
  /** File beside this one. */
  file: string;
}

/** The behaviours that comments of the sources name, by file. */
export function taggedBehaviours(directory: string = import.meta.dirname): Behaviour[] {
  const files = globSync('**/*.ts', { cwd: directory })
    .filter((file) => file !== 'behaviours.ts')
    .sort();
  return files.flatMap((file) => behavioursIn(readFileSync(join(directory, file), 'utf8'), file));
}

function behavioursIn(source: string, file: string): Behaviour[] {
  const comments = [...source.matchAll(/\/\*\*([\s\S]*?)\*\/|\/\/(.*(?:\n\s*\/\/.*)*)/g)];
  return comments.flatMap(([, block, lines]) => {
    const text = (block ?? lines ?? '').replaceAll(/\n\s*(?:\*|\/\/)?/g, ' ').replaceAll(/\s+/g, ' ');
    const parts = text.matchAll(/\[([VM])\] (.*?)(?=\s*\[[VM]\] |\s*$)/g);
    return [...parts].map(([, grade, said = '']) => ({ grade: grade as 'V' | 'M', text: said, file }));
  });
}

/** The list for people: BEHAVIOURS.md. */
export function behaviourList(behaviours: readonly Behaviour[]): string {
  const lines = behaviours.map(({ grade, text, file }) => `| ${grade} | ${text} | ${file} |`);
  return [
    '# What the stand-in for abra does',
    '',
    'Written by `node test/doubles/abra/behaviours.ts` from the comments of the sources. Do not edit. `V`: seen in public',
    'documents or in the sources of programs that drive abra. `M`: from memory, not verified; `ccctl doctor` probes a real one.',
    '',
    '| grade | behaviour | where |',
    '|---|---|---|',
    ...lines,
    '',
  ].join('\n');
}

if (import.meta.url === pathToFileURL(argv[1] ?? '').href) {
  writeFileSync(join(import.meta.dirname, 'BEHAVIOURS.md'), behaviourList(taggedBehaviours()));
}
