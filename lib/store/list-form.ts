import type { LineForm } from './index-line.ts';
import { listBlocks } from './list-block.ts';
import { listLine } from './list-item.ts';

/** Raised with every change of the format; what columns show is the build's affair. */
const FORMAT = 5;

/** Stands for the build where none is known: the program runs from its sources. */
const FROM_SOURCE = 'source';

/** The list; its cells are as one build makes them, and for programs of that build alone. Pure. */
export function listForm(build: string | undefined): LineForm {
  return { head: listHead(build), line: listLine, whole: listBlocks };
}

/** Its first line. Pure. */
export function listHead(build: string | undefined): string {
  return `${JSON.stringify({ format: FORMAT, build: build ?? FROM_SOURCE })}\n`;
}
