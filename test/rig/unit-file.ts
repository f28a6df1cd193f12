import { readFileSync } from 'node:fs';

/** Settings of which a unit may have several; the others are what was said last. Source: systemd.exec(5), systemd.service(5). */
const LISTS = ['Environment', 'ExecStart', 'ReadWritePaths', 'LoadCredential', 'After', 'Wants', 'StateDirectory'];

/** The settings of a unit, `Section.Name`, each with the values that count, in order. */
export type UnitSettings = ReadonlyMap<string, readonly string[]>;

/**
 * A unit with the drop-ins that are laid over it, as systemd reads them: lists grow, an empty value empties a list.
 * @throws Error for a line that is neither a section nor a setting.
 */
export function readUnit(...files: readonly string[]): UnitSettings {
  const settings = new Map<string, readonly string[]>();
  for (const file of files) readInto(settings, file, readFileSync(file, 'utf8'));
  return settings;
}

function readInto(settings: Map<string, readonly string[]>, file: string, text: string): void {
  let section = '';
  for (const line of text.replaceAll(/\\\n/g, ' ').split('\n')) {
    if (/^\s*([#;]|$)/.test(line)) continue;
    const found = /^\[(\w+)\]$|^(\w+)=(.*)$/.exec(line.trim());
    if (found === null) throw new Error(`${file}: ${line} is no line of a unit`);
    const [, named, name = '', value = ''] = found;
    if (named !== undefined) section = named;
    else settings.set(`${section}.${name}`, laidOver(settings.get(`${section}.${name}`) ?? [], name, value.trim()));
  }
}

function laidOver(before: readonly string[], name: string, value: string): readonly string[] {
  if (value === '') return [];
  return LISTS.includes(name) ? [...before, value] : [value];
}

/** The value of a setting that is there once; undefined where it is not set. */
export function settingOf(unit: UnitSettings, name: string): string | undefined {
  return unit.get(name)?.at(-1);
}

/** The words of a command or an assignment; quotes as systemd has them, no specifiers. */
export function wordsOf(value: string): string[] {
  return [...value.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, bare]) => double ?? single ?? bare ?? '',
  );
}
