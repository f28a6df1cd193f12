import { visibleText } from '../terminal-text.ts';

/** What may stand in a template: text, which is escaped, or markup that a template made. */
export type Content = string | number | undefined | Html | readonly Content[];

/** Markup that a template of this program made; nothing else can make one. */
class Html {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

export type { Html };

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

/** The text as HTML and XML take it, between tags and in quoted attributes; what steers is made visible. Pure. */
function escaped(text: string): string {
  return visibleText(text).replace(/[&<>"'`]/g, (char) => ENTITIES[char] ?? '');
}

/**
 * Markup from a template whose literal parts are this program's own: every value is escaped unless a template made it;
 * nothing comes of undefined, a list is joined. Attributes have to be in quotes. Pure.
 */
export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Html {
  let text = parts[0] ?? '';
  values.forEach((value, index) => {
    text += markup(value) + (parts[index + 1] ?? '');
  });
  return new Html(text);
}

function markup(value: Content): string {
  if (value === undefined) return '';
  if (value instanceof Html) return value.toString();
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? escaped(value) : value.map(markup).join('');
}

/** The URL in its normal form where a reader may be led there: http or https, without user and password. Pure. */
export function webUrl(text: string | undefined): string | undefined {
  const url = text === undefined ? null : URL.parse(text);
  const isWeb = url !== null && (url.protocol === 'https:' || url.protocol === 'http:');
  return isWeb && url.username === '' && url.password === '' ? url.href : undefined;
}

/** A link where the text is a URL that may be followed, else the text. Pure. */
export function linkOut(url: string, text: string): Content {
  const href = webUrl(url);
  return href === undefined ? text : html`<a href="${href}" rel="noreferrer nofollow">${text}</a>`;
}
