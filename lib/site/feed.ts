import { sha256 } from '../digest.ts';
import { html } from './html.ts';
import type { AlertEntry, EnrolmentFacts, RunFacts, SiteModel } from './model.ts';
import { GENERATOR } from './page.ts';
import { bounded, spaced } from './parts.ts';
import { FEED, OVERVIEW, recipePath, runPath } from './paths.ts';

/** The newest entries. */
const ENTRIES = 50;
/** Of a feed in which nothing has happened. */
const NEVER = '1970-01-01T00:00:00.000Z';

interface Entry {
  /** What it is about, the same for ever. */
  key: string;
  title: string;
  time: string;
  text: string;
  path: string;
}

/** Runs that ended, promotions and alerts, Atom (RFC 4287); each with an id that never changes. Pure. */
export function renderFeed(model: SiteModel): string {
  const { recipes, alerts, instance, url = '', version } = model;
  const ended = recipes.flatMap((recipe) => recipe.runs.filter((run) => run.ended));
  // of thousands of runs only those that can be among the entries are made into one
  const runs = ended.sort(byEnd).slice(0, ENTRIES).flatMap(runEntry);
  const promotions = recipes.flatMap(({ enrolment }) => (enrolment === undefined ? [] : promotionEntries(enrolment)));
  const all = [...runs, ...promotions, ...alerts.map(alertEntry)];
  const entries = all.sort((a, b) => (a.time < b.time ? 1 : Number(a.time > b.time) * -1)).slice(0, ENTRIES);
  const self =
    url === ''
      ? undefined
      : html`<link rel="self" type="application/atom+xml" href="${url}${FEED}"/>
`;
  return html`<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
<id>${uuidOf(instance, 'feed')}</id>
<title>cc-ci: runs, promotions and alerts</title>
<updated>${entries[0]?.time ?? NEVER}</updated>
<author><name>cc-ci</name></author>
<generator version="${version}">${GENERATOR}</generator>
${self}<link rel="alternate" type="text/html" href="${url}${OVERVIEW}"/>
${entries.map(
  (
    entry,
  ) => html`<entry><id>${uuidOf(instance, entry.key)}</id><title>${entry.title}</title><updated>${entry.time}</updated><link rel="alternate" type="text/html" href="${url}${entry.path}"/><content type="text">${entry.text}</content></entry>
`,
)}</feed>
`.toString();
}

/** The newest first. */
function byEnd({ completionTime: one = '' }: RunFacts, { completionTime: other = '' }: RunFacts): number {
  return one === other ? 0 : one < other ? 1 : -1;
}

function runEntry(run: RunFacts): Entry[] {
  const { name, uid, recipe, standing, mode, level, version, completionTime: time } = run;
  if (time === undefined) return [];
  const reached = level === undefined ? '' : `, level ${level}`;
  const title = `${recipe} ${version ?? ''}: ${spaced(standing.word).toLowerCase()}${reached} (${mode.toLowerCase()} run)`;
  return [{ key: `run/${uid}`, title, time, text: bounded(standing.message), path: runPath(name) }];
}

function promotionEntries({ uid, recipe, history }: EnrolmentFacts): Entry[] {
  return history.map(({ result, version, commit, time, run }) => ({
    key: `promotion/${uid}/${time}`,
    title: `${recipe} ${version}: ${spaced(result).toLowerCase()}`,
    time,
    text: `Commit ${commit}${run === undefined ? '' : `, run ${run}`}.`,
    path: recipePath(recipe),
  }));
}

function alertEntry({ id, time, severity, reason, object, message }: AlertEntry): Entry {
  const title = `${severity}: ${spaced(reason).toLowerCase()}, ${object.kind} ${object.name}`;
  return { key: `alert/${id}`, title, time, text: bounded(message), path: `${OVERVIEW}#alerts` };
}

/** A UUID of version 8 (RFC 9562) from a name. */
function uuidOf(instance: string, key: string): string {
  const hex = sha256(`cc-ci/${instance}/${key}`);
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ];
  return `urn:uuid:${parts.join('-')}`;
}
