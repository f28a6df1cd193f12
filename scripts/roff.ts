/** A line of text for man(7): nothing in it is a macro, an escape or a hyphen that could be taken for a dash. */
export function roff(text: string): string {
  return text
    .replaceAll('`', '')
    .replaceAll('…', '...')
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/, '\\&$1');
}

/** A flag and what it means, in the macros of man(7). */
export function manualFlag([flags, description]: readonly [flags: string, description: string]): string[] {
  return ['.TP', `\\fB${roff(flags)}\\fR`, roff(description)];
}
