import { plainText } from '../terminal-text.ts';
import { type Finding, finding, shown } from './finding.ts';
import type { GateCode } from './gate-rules.ts';

/** A note of the recipe's for a version on the way. Texts are bounded and safe for terminals. */
export interface ReleaseNote {
  /** Name of its file below `release/`. */
  name: string;
  /** At most {@link LONGEST_NOTE} characters; empty where it cannot be shown. */
  text: string;
  /** `Cut`: there is more of it. `Unreadable`: no text, too large, or no file. `Unplaced`: its name is no version. */
  state: 'Whole' | 'Cut' | 'Unreadable' | 'Unplaced';
}

/** Characters of a note that are kept. */
export const LONGEST_NOTE = 4000;
const LONGEST_NAME = 120;
const EXCERPT = 160;

/** Makes a note of what stands in its file; undefined: nothing. Pure. */
export function releaseNote(name: string, content: string, place: 'OnTheWay' | 'Unplaced'): ReleaseNote | undefined {
  const title = shown(name, LONGEST_NAME);
  if (/[\0\ufffd]/.test(content)) return { name: title, text: '', state: 'Unreadable' };
  const text = plainText(content).trim();
  if (text === '') return undefined;
  const kept = [...text.slice(0, 2 * LONGEST_NOTE)].slice(0, LONGEST_NOTE).join('');
  if (place === 'Unplaced') return { name: title, text: kept, state: 'Unplaced' };
  return { name: title, text: kept, state: kept === text ? 'Whole' : 'Cut' };
}

/** A note that nobody can read. Pure. */
export function unreadableNote(name: string): ReleaseNote {
  return { name: shown(name, LONGEST_NAME), text: '', state: 'Unreadable' };
}

/** Phrases that raise the reason, in the order of their weight. Source: notes and commit messages of public recipes. */
const MARKS: readonly { code: GateCode; phrases: RegExp }[] = [
  {
    code: 'NoteStrong',
    phrases: /\battention\b|(?<!non-|un-)\bbreaking[ -]changes?\b|\b(?:was|were|has been|have been) removed\b/,
  },
  {
    code: 'NoteFair',
    phrases:
      /restructur|\bmoved to\b|\bswitch to\b|\bmanual(?:ly)?\b|\byou need to\b|\bbefore upgrading\b|\bsecret (?:generate|insert)\b|\bpg_upgrade\b|incompatib|deprecat|\b(?:add|set|change|rename|remove|replace|edit|copy|start|update)\b[^.!?]{0,80}\.env\b|\.env\b[^.!?]{0,80}\b(?:add|set|chang|renam|remov|replac|edit|cop)/,
  },
];

/** Whole lines that ask nobody for anything. */
const HARMLESS: readonly RegExp[] = [
  /^no (?:breaking changes|(?:(?:manual|operator|further) )?(?:steps?|work|action))(?: (?:is |are )?(?:needed|required|necessary))?$/,
  /^nothing to do$/,
  /^bump(?:s|ed)? [\w./-]{1,80}(?: from v?\d[\w.+-]{0,40})? to v?\d[\w.+-]{0,40}$/,
  /^(?:fix(?:es|ed)?|correct(?:s|ed)?|improve[sd]?|update[sd]?) (?:the )?(?:typos?|lint(?: warnings)?|docs|documentation|readme)$/,
  /^(?:new|adds?|added) (?:an )?optional overlay [\w./-]{1,80}$/,
];

/** Why a note holds: any note does, unless each of its lines is known to ask for nothing. Pure. */
export function noteFindings(note: ReleaseNote): Finding[] {
  const { name, text, state } = note;
  if (state === 'Unreadable') return [finding('UnsureNote', name, 'is no text that can be read')];
  if (state === 'Unplaced') return [finding('UnsureNote', name, `is no version: ${excerpt(text)}`)];
  const lines = text.normalize('NFKC').toLowerCase().split('\n');
  const asking = lines.filter((line) => !isHarmless(line)).join(' ');
  if (asking === '' && state === 'Whole') return [];
  const flat = asking.replaceAll(/\s+/g, ' ');
  const mark = MARKS.find(({ phrases }) => phrases.test(flat));
  return [finding(mark?.code ?? 'NoteWritten', name, excerpt(text))];
}

function isHarmless(line: string): boolean {
  const said = line
    .trim()
    .replace(/^[-*] /, '')
    .replace(/[.!]$/, '');
  return said === '' || HARMLESS.some((pattern) => pattern.test(said));
}

function excerpt(text: string): string {
  return shown(text, EXCERPT);
}
