import { html } from './html.ts';
import type { RecipeModel } from './model.ts';
import { GENERATOR } from './page.ts';
import { speakingRun } from './trend.ts';

const LABEL = 'cc-ci';
const PADDING = 6;
const HEIGHT = 20;

/** Colours of shields.io's flat badges, level 0 to 5. https://github.com/badges/shields/blob/master/badge-maker/lib/color.js */
const LEVELS = ['#e05d44', '#fe7d37', '#dfb317', '#a4a61d', '#97ca00', '#44cc11'] as const;
const RED = '#e05d44';
const GREY = '#9f9f9f';

/** What the badge of a recipe says: the level of the run that speaks for it. Pure. */
export function badgeOf({ trend }: Pick<RecipeModel, 'trend'>): { message: string; colour: string } {
  const run = speakingRun(trend);
  if (run === undefined) return { message: 'unknown', colour: GREY };
  if (run.verdict === 'Failed') return { message: 'failed', colour: RED };
  const { level = 0 } = run;
  return { message: `level ${level}`, colour: LEVELS[level] ?? GREY };
}

/** The badge of a recipe, SVG like shields' flat style. Pure. */
export function renderBadge(recipe: Pick<RecipeModel, 'trend'>): string {
  const { message, colour } = badgeOf(recipe);
  const [left, right] = [widthOf(LABEL) + 2 * PADDING, widthOf(message) + 2 * PADDING];
  const width = left + right;
  const text = (centre: number, words: string) =>
    html`<text x="${centre}" y="15" fill="#010101" fill-opacity=".3" aria-hidden="true">${words}</text><text x="${centre}" y="14">${words}</text>`;
  return html`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${HEIGHT}" role="img" aria-label="${LABEL}: ${message}"><!--${GENERATOR}--><title>${LABEL}: ${message}</title><linearGradient id="s" x2="0" y2="100%"><stop offset="0" stop-color="#bbb" stop-opacity=".1"/><stop offset="1" stop-opacity=".1"/></linearGradient><clipPath id="r"><rect width="${width}" height="${HEIGHT}" rx="3" fill="#fff"/></clipPath><g clip-path="url(#r)"><rect width="${left}" height="${HEIGHT}" fill="#555"/><rect x="${left}" width="${right}" height="${HEIGHT}" fill="${colour}"/><rect width="${width}" height="${HEIGHT}" fill="url(#s)"/></g><g fill="#fff" text-anchor="middle" font-family="Verdana,Geneva,DejaVu Sans,sans-serif" font-size="11">${text(left / 2, LABEL)}${text(left + right / 2, message)}</g></svg>
`.toString();
}

/** Widths of Verdana 11 px, rounded; what is not listed is as wide as an n. */
const WIDTHS: Readonly<Record<string, number>> = { i: 3, l: 3, f: 4, t: 4, '-': 5, ' ': 4, c: 6, v: 7, w: 9 };

function widthOf(text: string): number {
  return [...text].reduce((sum, char) => sum + (WIDTHS[char] ?? 7), 0);
}
