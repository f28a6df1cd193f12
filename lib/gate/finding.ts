import { withoutSteering } from '../terminal-text.ts';
import type { GateCode } from './gate-rules.ts';

/** Why a version is held. The texts are one line, bounded, and safe for terminals; no rule puts a value of env or secrets there. */
export interface Finding {
  code: GateCode;
  /** What it is about: the name of a service, volume, secret, variable, file or note. */
  subject: string;
  detail: string;
}

const LONGEST_SUBJECT = 120;
const LONGEST_DETAIL = 400;

/** Makes a finding of texts that a recipe may have written. Pure. */
export function finding(code: GateCode, subject: string, detail: string): Finding {
  return { code, subject: shown(subject, LONGEST_SUBJECT), detail: shown(detail, LONGEST_DETAIL) };
}

/** A text of others on one line, without what steers a terminal, cut to `longest` characters. Pure. */
export function shown(text: string, longest: number): string {
  const line = withoutSteering(text.slice(0, 4 * longest).replaceAll(/\s+/g, ' ')).trim();
  const characters = [...line];
  return characters.length > longest ? `${characters.slice(0, longest - 1).join('')}…` : line;
}

/** So many findings are kept of a step. */
const MOST_FINDINGS = 200;

/** The findings once each, in the order of their first place; in the place of the last one that fits, how many are left. Pure. */
export function distinct(findings: readonly Finding[]): Finding[] {
  const seen = new Map(findings.map((one) => [`${one.code} ${one.subject} ${one.detail}`, one]));
  const all = [...seen.values()];
  const last = all[MOST_FINDINGS - 1];
  if (last === undefined || all.length === MOST_FINDINGS) return all;
  const more = all.length - MOST_FINDINGS + 1;
  return [...all.slice(0, MOST_FINDINGS - 1), finding(last.code, last.subject, `and ${more - 1} more reasons`)];
}
