/** An env file as abra's fork of godotenv reads it. */
export interface AppEnv {
  values: Record<string, string>;
  /** [V] Key → the comment behind its value, which may hold modifiers: `length=128`, `generate=false`. */
  comments: Record<string, string>;
}

const LINE =
  /^\s*(?:export\s+)?([A-Za-z_][\w.-]*)\s*=\s*(?:'([^']*)'|"((?:\\.|[^"\\])*)"|([^\n]*?))[ \t]*(?:(?<=^|\s|['"])#(.*))?$/;

/** [V] No `export` is needed, comments and quotes are known, and a value may refer to an earlier one, itself included. */
export function parseAppEnv(text: string): AppEnv {
  const values: Record<string, string> = {};
  const comments: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const match = LINE.exec(line.replace(/\r$/, ''));
    const [, key, single, double, bare, comment] = match ?? [];
    if (key === undefined) continue;
    values[key] = single ?? expand(double === undefined ? (bare ?? '') : unescaped(double), values);
    if (comment !== undefined) comments[key] = comment.trim();
  }
  return { values, comments };
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(["\\nr])/g, (_all, char: string) => ({ n: '\n', r: '\r' })[char] ?? char);
}

function expand(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\\\$|\$\{(\w+)\}|\$(\w+)/g, (all, braced?: string, plain?: string) =>
    all === '\\$' ? '$' : (values[braced ?? plain ?? ''] ?? ''),
  );
}

/** The `export NAME=value` lines of abra.sh. */
export function parseExports(text: string): Record<string, string> {
  const found = text.matchAll(/^\s*export\s+(\w+)=["']?([^"'\n#]*)["']?/gm);
  return Object.fromEntries([...found].map(([, key = '', value = '']) => [key, value.trim()]));
}
