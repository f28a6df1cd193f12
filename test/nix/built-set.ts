import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../unit/docs/documents.ts';
import { evaluationOf, type Nix } from './nix.ts';

/** What a build left: its output, or what it said. */
export interface Built {
  exitCode: number;
  out: string;
  said: string;
}

interface Scripts {
  specs: string;
  config: { script: string; text: string };
}

/** Runs the scripts of the two derivations of a configuration as a builder would, with the programs of this checkout. */
export class Builds {
  readonly #nix: Nix;
  readonly #place: string;

  constructor(nix: Nix, place: string) {
    // The programs are those of the sources as they are now; unchanged ones are not built again.
    execFileSync(process.execPath, [join(ROOT, 'scripts/build.mjs')], { cwd: ROOT, stdio: 'inherit' });
    this.#nix = nix;
    this.#place = place;
  }

  /** The directory of spec files. @param configuration a module, as Nix. */
  specs(library: string, configuration: string): Built {
    return this.#run(this.#scripts(library, configuration).specs, {});
  }

  /** The configuration file. */
  config(library: string, configuration: string): Built {
    const { script, text } = this.#scripts(library, configuration).config;
    return this.#run(script, { text });
  }

  #scripts(library: string, configuration: string): Scripts {
    const more = `program = "${ROOT}"; writeText = builtins.toFile;`;
    return this.#nix.value(`${evaluationOf(library, configuration, more)}.scripts`, 'ReadWrite');
  }

  /** `passAsFile` is what the standard environment makes of it. */
  #run(script: string, { text = '' }: { text?: string }): Built {
    const place = mkdtempSync(join(this.#place, 'build-'));
    const [out, temporary, file] = ['out', 'tmp', 'text'].map((name) => join(place, name)) as [string, string, string];
    mkdirSync(temporary);
    const env = { PATH: process.env.PATH ?? '', out, TMPDIR: temporary, HOME: '/homeless-shelter', textPath: file };
    const whole = `set -eu\nprintf %s "$given" > "$textPath"\n${script}`;
    const ended = spawnSync('bash', ['-c', whole], { env: { ...env, given: text }, encoding: 'utf8', cwd: temporary });
    return { exitCode: ended.status ?? 128, out, said: ended.stdout + ended.stderr };
  }
}
