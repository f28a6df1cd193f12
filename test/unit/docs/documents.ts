import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** Root of the project. */
export const ROOT = join(import.meta.dirname, '..', '..', '..');

/** One Markdown file of the project. */
export interface Document {
  /** Relative to the root. */
  path: string;
  directory: string;
  text: string;
}

/** Every document that readers are led to. */
export function documents(): Document[] {
  const paths = ['README.md', 'CHANGELOG.md', 'nix/README.md', ...globSync('{docs,packaging}/**/*.md', { cwd: ROOT })];
  return paths.toSorted().map((path) => readDocument(path));
}

export function readDocument(path: string): Document {
  const file = join(ROOT, path);
  return { path: relative(ROOT, file), directory: dirname(file), text: readFileSync(file, 'utf8') };
}

/** The fenced blocks of a language, without the fences. */
export function fencedBlocks(text: string, language: string): string[] {
  const blocks = text.matchAll(/^```(\S*)\n([\s\S]*?)^```$/gm);
  return [...blocks].filter(([, name]) => name === language).map(([, , body]) => body ?? '');
}

/** The text without fenced blocks and code spans. */
export function prose(text: string): string {
  return text.replaceAll(/^```[\s\S]*?^```$/gm, '').replaceAll(/`[^`\n]*`/g, '');
}

/** The anchors that headings give, as forges make them. */
export function anchors(text: string): string[] {
  const headings = text.replaceAll(/^```[\s\S]*?^```$/gm, '').matchAll(/^#+ (.*)$/gm);
  return [...headings].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(/\s/g, '-'),
  );
}
