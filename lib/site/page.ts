import { type Content, html } from './html.ts';
import type { SiteModel } from './model.ts';
import { FEED, OVERVIEW } from './paths.ts';
import { STYLE } from './style.ts';

/** Marks files as ours, for the writer. */
export const GENERATOR = 'cc-ci status page';

/** Scripts, frames, forms and other hosts: nothing of that is allowed. For pages and for the server alike. */
export const POLICY = `default-src 'none'; style-src '${STYLE.hash}'; img-src 'self'; base-uri 'none'; form-action 'none'`;

/** One page. */
export interface Page {
  /** Path below the site: links become relative to it. */
  path: string;
  /** Of the window; what the page is about comes first. */
  title: string;
  main: Content;
}

/** Leads from a page to a path below the site, wherever the site lies. Pure. */
export function linkFrom(page: string, target: string): string {
  return `${'../'.repeat(page.split('/').length - 1)}${target}`;
}

/** The page as a whole. Pure. */
export function renderPage({ path, title, main }: Page, { version }: Pick<SiteModel, 'version'>): string {
  const to = (target: string): string => linkFrom(path, target);
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="${GENERATOR}">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>${title} – cc-ci</title>
<link rel="alternate" type="application/atom+xml" title="cc-ci: runs, promotions and alerts" href="${to(FEED)}">
<style>${STYLE.sheet}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header>
<a class="home" href="${to(OVERVIEW)}">cc-ci</a>
<nav aria-label="Site"><ul><li><a href="${to(OVERVIEW)}#recipes">Recipes</a></li><li><a href="${to(OVERVIEW)}#services">Services</a></li><li><a href="${to(OVERVIEW)}#alerts">Alerts</a></li><li><a href="${to(OVERVIEW)}#sweep">Sweep</a></li><li><a href="${to(FEED)}">Feed</a></li></ul></nav>
</header>
<main id="main" tabindex="-1">
${main}
</main>
<footer>Written by cc-ci ${version} when something changes. Times are UTC.</footer>
</body>
</html>
`.toString();
}
