import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { StageResult, TestResult } from '../../../lib/api/index.ts';
import { unroutedAt } from '../../../lib/app/ingress-watch.ts';
import { connectionTo } from '../../../lib/checks/app-connection.ts';
import { checkPage, type PageResult, type PageSeen } from '../../../lib/checks/page-check.ts';
import { takeScreenshot } from '../../../lib/checks/screenshot.ts';
import { joinInside } from '../../../lib/fs/join-inside.ts';
import { removeTree } from '../../../lib/fs/remove-tree.ts';
import { NOTHING_TO_TEST } from '../../../lib/run-record/stages.ts';
import { failStage, next, type PreparedContext, type StepOutcome, skipStage } from '../stage.ts';
import { assertReached } from '../steps/commands.ts';

/** Name of the test that every app with a page gets where its profile has none. */
const TEST = 'page';
/** So long a page may fail: an app that has just come up may still be loading. */
const PATIENCE_MS = 4_000;
const LOOK_AGAIN_MS = 2_000;
const REQUEST_TIMEOUT_MS = 10_000;

interface PageFacts {
  resolved: {
    app: Pick<PreparedContext['resolved']['app'], 'health'>;
    ci: Pick<PreparedContext['resolved']['ci'], 'tests'>;
  };
  applied: Pick<PreparedContext['applied'], 'url'>;
}

/** Why nothing looks at the page; undefined: it is looked at. Pure. */
export function pageExemption({ resolved, applied }: PageFacts): string | undefined {
  if ((resolved.ci.tests ?? []).length > 0) return 'tests are declared';
  if ((resolved.app.health ?? []).length > 0) return 'app.health says how the app is asked';
  return applied.url === undefined ? 'the app has no URL to look at' : undefined;
}

/** A page as a run saw it. */
type Looked = PageResult & { reason?: 'NoRouter'; noPicture?: string };

/** Looks at the page of the base, for the blame of what it shows after the upgrade; never fails the stage. */
export async function seePageOfBase(context: PreparedContext): Promise<StepOutcome> {
  const { base } = context.resolved;
  if (base.from === 'None' || pageExemption(context) !== undefined) return next;
  const page = await look(context);
  if ('kind' in page) return page;
  const { reason: _, ...seen } = await pictured(context, page, 'before-upgrade');
  context.memory.pageBefore = { ...seen, ...(base.version === undefined ? {} : { version: base.version }) };
  return next;
}

/** The generic test of a run without tests of its own: the page of what is tested, beside that of the base. */
export async function testPage(context: PreparedContext, stage: StageResult): Promise<StepOutcome> {
  const because = pageExemption(context);
  if (because !== undefined) return skipStage(NOTHING_TO_TEST, `no tests are declared, and ${because}`);
  const started = context.services.clock.monotonicMs();
  const looked = await look(context);
  if ('kind' in looked) return looked;
  const page = await pictured(context, looked, 'after-upgrade');
  if (page.result === 'NoPage') return skipStage(NOTHING_TO_TEST, `no tests are declared, and ${page.message}`);
  const before = context.memory.pageBefore;
  const durationSeconds = Math.round(context.services.clock.monotonicMs() - started) / 1000;
  const message = before?.result === 'NoPage' || before === undefined ? page.message : bothSaid(page, before);
  const shown = withPictureNote(message, page, before);
  stage.tests = [{ name: TEST, result: page.result, durationSeconds, message: shown }, ...testOfBase(page, before)];
  if (page.result === 'Passed') return next;
  return failStage(before?.result === 'Failed' ? 'PreExisting' : (page.reason ?? 'TestsFailed'), `${TEST}: ${message}`);
}

/** Keeps a picture of what is a page, or notes why there is none. */
async function pictured(context: PreparedContext, page: Looked, when: PictureName): Promise<Looked> {
  if (page.result === 'NoPage') return page;
  const because = await keepPicture(context, when);
  return because === undefined ? page : { ...page, noPicture: because };
}

/** The same twice is said once. Pure. */
function bothSaid(page: PageResult, before: PageSeen): string {
  const when = `before the upgrade${before.version ? ` (${before.version})` : ''}`;
  const failed = page.result === 'Failed' ? 'failed too' : 'failed';
  const word = before.result === 'Passed' ? 'passed' : failed;
  if (page.result === before.result && page.message === before.message)
    return `${page.message}; ${when} it was the same`;
  return `${page.message}; ${when} it ${word}: ${before.message}`;
}

/** What a picture is missing for belongs to the test, behind all else: it is no part of the cause. */
function withPictureNote(message: string, page: Looked, before: PageSeen | undefined): string {
  const reasons = new Set([page.noPicture, before?.noPicture].filter((reason) => reason !== undefined));
  return [message, ...[...reasons].map((reason) => `no screenshot: ${reason}`)].join('; ');
}

/** The base as a case of its own, unless the tested commit has mended it: what failed there is no failure here. */
function testOfBase(page: PageResult, before: PageSeen | undefined): TestResult[] {
  if (before === undefined || before.result === 'NoPage') return [];
  if (before.result === 'Failed' && page.result === 'Passed') return [];
  return [{ name: `${TEST}-before-upgrade`, result: before.result, message: before.message }];
}

async function look(context: PreparedContext): Promise<Looked | StepOutcome> {
  const { services, memory, applied, domain, signal, mask } = context;
  if (memory.pageSinceMs === undefined) {
    memory.pageSinceMs = services.clock.monotonicMs();
    return { kind: 'Again' };
  }
  const url = applied.url ?? '';
  const { result, message, ...met } = await checkPage({
    url,
    domain,
    connection: services.settings.connection,
    timeoutMs: REQUEST_TIMEOUT_MS,
    signal,
    clock: services.clock,
  });
  await assertReached(context, { ...met, message }, url);
  const patience = memory.pageSinceMs + PATIENCE_MS - services.clock.monotonicMs();
  if (result === 'Failed' && patience > 0)
    return { kind: 'Wait', afterMs: LOOK_AGAIN_MS, waitingFor: mask.text(`the page: ${message}`) };
  delete memory.pageSinceMs;
  const unrouted = result === 'Failed' ? await unroutedPage(context, url) : undefined;
  if (unrouted === undefined) return { result, message: mask.text(message) };
  return { result, message: mask.text(`${unrouted}; ${message}`), reason: 'NoRouter' };
}

/** Why a page that somebody answered was not the app's. @throws CcError as `Platform.observe`. */
async function unroutedPage({ services, domain, signal }: PreparedContext, url: string): Promise<string | undefined> {
  return unroutedAt(url, { ...(await services.platform.observe({ domain }, signal)), domain });
}

export type PictureName = 'before-upgrade' | 'after-upgrade';

/**
 * Keeps a picture of the page with the run, `screenshots/<when>.png`. Gives why there is none; nothing depends on it.
 * @throws CcError as `takeScreenshot`.
 */
async function keepPicture(context: PreparedContext, when: PictureName): Promise<string | undefined> {
  const { services, directories, applied, domain, resolved, signal } = context;
  const { runner, settings, instanceId } = services;
  const asRoot = userInfo().uid === 0;
  if (asRoot && !resolved.trusted) return 'the commit is not trusted, and Chromium has no sandbox for root';
  const url = `${(applied.url ?? '').replace(/\/+$/, '')}/`;
  const scratch = joinInside(directories.scratch, `browser-${when}`);
  await mkdir(scratch, { recursive: true, mode: 0o700 });
  try {
    return await takeScreenshot({
      url,
      file: join(directories.root, 'screenshots', `${when}.png`),
      connection: connectionTo(url, domain, settings.connection),
      runner,
      path: settings.path,
      token: `${instanceId}/child/${randomUUID()}`,
      scratch,
      sandbox: asRoot ? 'None' : 'Own',
      signal,
    });
  } finally {
    await removeTree(scratch);
  }
}
