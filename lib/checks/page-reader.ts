/** What the source of a page shows of it, without running it. */
export interface PageFacts {
  /** Text of the first `title`, spaces joined; empty where there is none. */
  title: string;
  /** Something to see is in the body: text, a picture, a form, or a place that a script fills. */
  hasContent: boolean;
  /** `href` of the first `base`. */
  base?: string;
  /** `href` of each `link` that is a style sheet for screens, in order. */
  stylesheets: string[];
  /** `src` of each `script`, in order. */
  scripts: string[];
}

/** Characters of one tag that are looked at. */
const MAX_TAG = 4_096;
/** Style sheets and scripts of a page that are listed, each. */
const MAX_LISTED = 100;
/** Their content is no markup. */
const RAW = ['script', 'style', 'title', 'textarea', 'noscript', 'template'];
/** Elements that show something without a text of their own; scripts of apps fill the rest. */
const SHOWING = ['img', 'svg', 'canvas', 'video', 'input', 'button', 'form', 'iframe', 'object', 'div', 'main'];

type Place = 'Head' | 'Body';

/** Where what follows a tag belongs. */
const PLACES: Readonly<Record<string, Place>> = { head: 'Head', '/head': 'Body', body: 'Body' };

interface Tag {
  name: string;
  attributes: string;
  /** Behind it. */
  end: number;
}

/**
 * Reads a page in one walk from `<` to `<`; whatever it holds, the time grows with its length. Pure; for evidence only,
 * a browser may see more.
 */
export function readPage(source: string): PageFacts {
  const facts: PageFacts = { title: '', hasContent: false, stylesheets: [], scripts: [] };
  let place: Place = 'Body';
  for (let at = 0; at < source.length; ) {
    const open = indexOf(source, '<', at);
    if (place === 'Body' && isVisible(source.slice(at, open))) facts.hasContent = true;
    const tag = tagAt(source, open);
    at = tag.end;
    place = PLACES[tag.name] ?? place;
    if (RAW.includes(tag.name)) at = endOf(source, tag.name, at);
    note(facts, tag, source.slice(tag.end, at));
  }
  return facts;
}

/** The comment, tag or stray bracket that begins at `open`; a name is lower case, and empty where there is none. */
function tagAt(source: string, open: number): Tag {
  if (source.startsWith('<!--', open)) return { name: '', attributes: '', end: after(source, '-->', open + 4) };
  const end = after(source, '>', open + 1);
  const text = source.slice(open + 1, Math.min(end, open + MAX_TAG));
  const name = /^\/?[a-z][a-z0-9-]{0,30}/i.exec(text)?.[0] ?? '';
  return { name: name.toLowerCase(), attributes: text.slice(name.length), end };
}

function note(facts: PageFacts, { name, attributes }: Tag, inside: string): void {
  if (name === 'title' && facts.title === '') facts.title = inside.replaceAll(/\s+/g, ' ').trim();
  if (SHOWING.includes(name)) facts.hasContent = true;
  const base = name === 'base' ? attribute(attributes, 'href') : undefined;
  if (base !== undefined) facts.base ??= base;
  const href = name === 'link' && isStylesheet(attributes) ? attribute(attributes, 'href') : undefined;
  if (href && facts.stylesheets.length < MAX_LISTED) facts.stylesheets.push(href);
  const src = name === 'script' ? attribute(attributes, 'src') : undefined;
  if (src && facts.scripts.length < MAX_LISTED) facts.scripts.push(src);
}

function isStylesheet(attributes: string): boolean {
  const words = (attribute(attributes, 'rel') ?? '').toLowerCase().split(/\s+/);
  const media = attribute(attributes, 'media') ?? 'all';
  return words.includes('stylesheet') && !words.includes('alternate') && /\b(all|screen)\b/i.test(media || 'all');
}

/** Spaces are nothing to see, however they are written. */
function isVisible(text: string): boolean {
  return text.replaceAll(/&(nbsp|#160|#xa0);/gi, ' ').trim() !== '';
}

/** The value of an attribute, quoted or bare, with `&amp;` resolved. */
function attribute(text: string, name: string): string | undefined {
  const found = new RegExp(`(?:^|[\\s"'/])${name}\\s{0,9}=\\s{0,9}(?:"([^"]*)"|'([^']*)'|([^\\s"'>]+))`, 'i').exec(
    text,
  );
  return (found?.[1] ?? found?.[2] ?? found?.[3])?.replaceAll('&amp;', '&').trim();
}

/** Where the content of a raw element ends: at its end tag, else at the end of the page. */
function endOf(source: string, name: string, from: number): number {
  const end = new RegExp(`</${name}[\\s/>]`, 'gi');
  end.lastIndex = from;
  return end.exec(source)?.index ?? source.length;
}

function after(source: string, text: string, from: number): number {
  return Math.min(source.length, indexOf(source, text, from) + text.length);
}

function indexOf(source: string, text: string, from: number): number {
  const found = source.indexOf(text, from);
  return found < 0 ? source.length : found;
}
