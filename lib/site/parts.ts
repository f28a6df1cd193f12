import { exactSpan } from '../cli/print/age.ts';
import { type Content, type Html, html } from './html.ts';
import type { Standing, Tone, TrendEntry } from './model.ts';

/** Characters of a message; the rest is in status. */
const LONGEST = 2_000;
const COMMIT_SHOWN = 12;

const CLASSES: Readonly<Record<Tone, string>> = { Good: 'good', Bad: 'bad', Doubt: 'doubt', Live: 'live' };
const MARKS: Readonly<Record<Tone, string>> = { Good: '✔', Bad: '✘', Doubt: '–', Live: '▶' };

/** The text, cut where it is very long. Pure. */
export function bounded(text: string, most: number = LONGEST): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}

/** Class of a tone in the style sheet. Pure. */
export function classOf(tone: Tone): string {
  return CLASSES[tone];
}

/** A word with the mark and colour of how it stands. Pure. */
export function stateWord({ word, tone }: Pick<Standing, 'word' | 'tone'>): Html {
  return html`<span class="state ${CLASSES[tone]}"><span aria-hidden="true">${MARKS[tone]} </span>${spaced(word)}</span>`;
}

/** `DeadlineExceeded` as people write it: `Deadline exceeded`. Pure. */
export function spaced(word: string): string {
  return word.replace(/(?<=[a-z])([A-Z])(?=[a-z])/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** A time, `2026-03-01 02:00`; what is no time stays text. Pure. */
export function timeText(time: string | undefined): Content {
  if (time === undefined) return undefined;
  if (Number.isNaN(Date.parse(time))) return time;
  return html`<time datetime="${time}" class="num">${time.slice(0, 16).replace('T', ' ')}</time>`;
}

/** How long it took; nothing where it has not ended. Pure. */
export function spanText(start: string | undefined, end: string | undefined): Content {
  const ms = Date.parse(end ?? '') - Date.parse(start ?? '');
  return Number.isNaN(ms) ? undefined : html`<span class="num">${exactSpan(ms)}</span>`;
}

/** The beginning of a commit's id, the whole of it for who looks. Pure. */
export function commitText(commit: string | undefined): Content {
  return commit === undefined ? undefined : html`<code title="${commit}">${commit.slice(0, COMMIT_SHOWN)}</code>`;
}

/** One column of a {@link table}: its heading, and the class of its cells. */
export interface Column {
  head: string;
  class?: string;
}

/** As {@link tableOf}, from the cells of its rows. Pure. */
export function table(caption: string, columns: readonly Column[], rows: readonly (readonly Content[])[]): Html {
  return tableOf(
    caption,
    columns,
    rows.map((cells) => tableRow(columns, cells)),
  );
}

/** One row of {@link tableOf}. Pure. */
export function tableRow(columns: readonly Column[], cells: readonly Content[]): Html {
  const cell = (content: Content, index: number): Content => {
    const { head = '', class: name = '' } = columns[index] ?? {};
    if (index === 0) return html`<th scope="row" role="rowheader">${content}</th>`;
    // An empty cell is left out on small screens: there is nothing between its tags.
    return html`<td role="cell" class="${name}" data-label="${head}">${content === undefined ? undefined : html`<div>${content}</div>`}</td>`;
  };
  return html`<tr role="row">${cells.map(cell)}</tr>
`;
}

/**
 * A table whose first column names the row; roles stand in it because small screens lay it out as cards, which takes the
 * meaning of a table away in browsers. Pure.
 */
export function tableOf(caption: string, columns: readonly Column[], rows: readonly Html[]): Html {
  const heads = columns.map(({ head }) => html`<th scope="col" role="columnheader">${head}</th>`);
  return html`<table role="table"><caption>${caption}</caption>
<thead role="rowgroup"><tr role="row">${heads}</tr></thead>
<tbody role="rowgroup">
${rows}</tbody></table>`;
}

/** A list of terms; those without content are left out. Pure. */
export function terms(entries: readonly (readonly [term: string, content: Content])[]): Html {
  const shown = entries.filter(([, content]) => content !== undefined && content !== '');
  return html`<dl>${shown.map(
    ([term, content]) => html`<dt>${term}</dt><dd>${content}</dd>
`,
  )}</dl>`;
}

const STEP = 7;
const WIDE = 5;
const HIGH = 28;
const BASE = 24;

/**
 * Ended runs as a picture, the oldest first: a bar for one that passed, higher for a higher level, a cross for one that
 * failed, a dash for one that says nothing; and what it shows in words. Pure.
 */
export function trendPicture(trend: readonly TrendEntry[]): Content {
  if (trend.length === 0) return undefined;
  const drawn: Record<'good' | 'bad' | 'doubt', string> = { good: '', bad: '', doubt: '' };
  trend.forEach(({ tone, level = 0 }, index) => {
    const x = index * STEP + 1;
    if (tone === 'Good') drawn.good += `M${x} ${BASE}v-${4 + 3 * level}h${WIDE}v${4 + 3 * level}z`;
    else if (tone === 'Bad') drawn.bad += `M${x} ${BASE - 8}l${WIDE} 7m-${WIDE} 0l${WIDE}-7`;
    else drawn.doubt += `M${x} ${BASE - 4}h${WIDE}`;
  });
  const width = trend.length * STEP + 2;
  return html`<svg class="trend" role="img" aria-label="${trendWords(trend)}" viewBox="0 0 ${width} ${HIGH}" width="${width}" height="${HIGH}"><path class="base" d="M0 ${BASE + 0.5}h${width}"/>${path('t-good', drawn.good)}${path('t-bad', drawn.bad)}${path('t-doubt', drawn.doubt)}</svg>`;
}

function path(name: string, drawing: string): Content {
  return drawing === '' ? undefined : html`<path class="${name}" fill="none" stroke-width="1.75" d="${drawing}"/>`;
}

/** `Last 12 runs: 9 passed, 2 failed, 1 without a verdict; the last one passed`. Pure. */
export function trendWords(trend: readonly TrendEntry[]): string {
  const count = (tone: Tone): number => trend.filter((one) => one.tone === tone).length;
  const parts = [`${count('Good')} passed`, `${count('Bad')} failed`, `${count('Doubt')} without an answer`];
  const shown = parts.filter((part) => !part.startsWith('0 '));
  const last = trend.at(-1);
  const runs = trend.length === 1 ? 'One run' : `Last ${trend.length} runs`;
  return `${runs}: ${shown.join(', ')}${last && trend.length > 1 ? `; the last one: ${spaced(last.word).toLowerCase()}` : ''}`;
}
