import { randomUUID } from 'node:crypto';
import { toTime } from '../../lib/clock.ts';
import { TerminalError } from '../../lib/errors.ts';
import type { ReleasedRevision } from '../../lib/known-good/last-good.ts';
import type { VersionTag } from '../../lib/recipe/version.ts';
import { compareVersions } from '../../lib/recipe/version.ts';
import type { Outcome } from '../../lib/runtime/reconciler.ts';
import type { Newest, OperationRecord } from './journal.ts';
import type { WarmServiceAction } from './plan.ts';
import { again, mirrorOf, type WarmServicePass } from './site.ts';

/** Fetches, and journals what is to run and what waits for a person. A failed fetch is an error, never "no release". */
export async function findVersions(run: WarmServicePass): Promise<Outcome> {
  const { services, view, pass, save } = run;
  const { source, spec, journal, facts } = view;
  if (source === undefined)
    throw new TerminalError('NoSource', `nothing says where the recipe ${spec.app.recipe} comes from`, {
      remedy: 'Set app.source, or recipeSource in the configuration.',
    });
  const mirror = mirrorOf({ services, view }, source);
  pass.leavePool();
  await mirror.fetch(pass.signal);
  const { versions } = await mirror.versions(pass.signal);
  const found = choose(run, versions, source);
  journal.newest = {
    ...found,
    atRunningMs: services.store.runningMs(),
    session: services.session,
    digest: facts.choiceDigest,
  };
  await save();
  return again('FindVersions');
}

function choose(
  { view, services }: WarmServicePass,
  tags: readonly VersionTag[],
  source: string,
): Pick<Newest, 'latest' | 'target'> {
  const { spec, journal, lastGood } = view;
  const runningMs = services.store.runningMs();
  const isQuarantined = ({ tag, commit }: VersionTag): boolean =>
    journal.quarantine.some((one) => one.version === tag && one.commit === commit && one.untilRunningMs > runningMs);
  const current = tags.find(({ tag }) => tag === lastGood?.version);
  const allowed = tags.filter(
    (tag) =>
      !isQuarantined(tag) &&
      (spec.update.version === undefined || tag.tag === spec.update.version) &&
      (current === undefined || compareVersions(tag, current) >= 0),
  );
  const of = (tag: VersionTag | undefined): ReleasedRevision | undefined =>
    tag && { version: tag.tag, commit: tag.commit, source };
  const [latest, target] = [of(tags[0]), of(allowed[0])];
  return { ...(latest === undefined ? {} : { latest }), ...(target === undefined ? {} : { target }) };
}

/** Journals the intent; the first step follows. */
export async function begin(
  { services, view, save }: WarmServicePass,
  action: WarmServiceAction & { type: 'Begin' | 'Repair' },
): Promise<Outcome> {
  const { journal, lastGood, object } = view;
  const { type, to } = action;
  const id = `w${randomUUID()}`;
  const operation: OperationRecord = {
    type: type === 'Repair' ? 'Recover' : action.operation,
    id,
    ...(lastGood === undefined
      ? {}
      : { from: { version: lastGood.version, commit: lastGood.commit, source: lastGood.source } }),
    to,
    steps: { operation: id, process: services.session, begun: 1, done: [], undone: [] },
    startTime: toTime(services.clock.now()),
    stepStartedMs: services.clock.monotonicMs(),
    appliedMs: 0,
    up: false,
  };
  journal.operation = operation;
  if (type === 'Repair') journal.repairs = [...journal.repairs, services.store.runningMs()].slice(-10);
  await save();
  const message = type === 'Repair' ? `${action.what}: ${to.version} is deployed again` : `to ${to.version}`;
  const reason = type === 'Repair' ? 'Drifted' : `${operation.type}Started`;
  await services.store.event(object, { type: type === 'Repair' ? 'Warning' : 'Normal', reason, message });
  return again(operation.type);
}
