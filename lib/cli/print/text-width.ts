const ASCII = /^[\x20-\x7e]*$/;

let measure: ((text: string) => number) | undefined;

/** Loads what exact widths of other than ASCII text need: tables of characters that cost more time than most commands. */
export async function loadTextWidth(): Promise<void> {
  measure ??= (await import('string-width')).default;
}

/** Loads it where one of the texts needs it. */
export async function loadTextWidthFor(texts: Iterable<string>): Promise<void> {
  for (const text of texts) if (!ASCII.test(text)) return loadTextWidth();
}

/** Columns that the text takes on a terminal; before {@link loadTextWidth} an estimate where it is not ASCII. */
export function textWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  return measure ? measure(text) : [...text].length;
}
