const EXPORT = /^[ \t]*export[ \t]+([A-Za-z_]\w*)=(["']?)([\w.+-]*)\2[ \t]*(?:[;#].*)?$/;

/**
 * The plain `export NAME=value` lines of a recipe's `abra.sh`, later ones winning. Read by pattern: the file may hold
 * functions and commands and is never run.
 */
export function readAbraExports(text: string): Record<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const [, name, , value] = EXPORT.exec(line) ?? [];
    if (name !== undefined && value !== undefined) values.set(name, value);
  }
  return Object.fromEntries(values);
}
