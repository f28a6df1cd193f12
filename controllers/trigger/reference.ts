import { join } from 'node:path';
import type { DefaultedRunSpec, RunStatus } from '../../lib/api/index.ts';
import { orNothing } from '../../lib/errors.ts';
import { shortCommit } from '../../lib/forge/answer/answer.ts';
import type { Reference } from '../../lib/forge/answer/comparison.ts';
import type { Command, Pin } from '../../lib/forge/trigger-record.ts';
import { KnownGoodStore } from '../../lib/known-good/known-good-store.ts';
import { readRunRecord } from '../../lib/run-record/run-end.ts';
import { specInForce } from '../../lib/store/spec-in-force.ts';
import type { StoredObject } from '../../lib/store/store.ts';
import type { TriggerPass } from './services.ts';

/**
 * What the result of a command is compared with: the newest ended cold run of the known-good, else of the branch that the
 * pull request is to be merged into; undefined where there is neither.
 */
export async function referenceFor(pass: TriggerPass, { pin }: Command): Promise<Reference | undefined> {
  if (pin === undefined) return undefined;
  const knownGood = await knownGoodOf(pass);
  const ended = await coldRuns(pass, pin);
  const good = knownGood && ended.find(({ status }) => status.commit === knownGood.commit);
  if (good) return { of: 'KnownGood', run: good.object.name, label: knownGood.version, status: good.status };
  const base = ended.find((one) => isOfBranch(one, pin.base));
  if (base === undefined) return undefined;
  const label = `${pin.base.branch}, ${shortCommit(base.status.commit ?? '')}`;
  return { of: 'BaseBranch', run: base.object.name, label, status: base.status };
}

async function knownGoodOf({
  services,
  enrolment,
}: TriggerPass): Promise<{ version: string; commit: string } | undefined> {
  const directory = join(services.settings.stateDirectory, 'canonicals', enrolment.canonical);
  const store = new KnownGoodStore({ directory, reader: services.setReader });
  const pointer = await orNothing(store.pointer(), 'Damaged');
  return pointer?.manifest;
}

interface EndedRun {
  object: StoredObject;
  status: RunStatus;
}

/** Ended cold runs of the recipe, the newest first, but those of pull requests. */
async function coldRuns({ services }: TriggerPass, { recipe }: Pin): Promise<EndedRun[]> {
  const { store } = services;
  const runs = store.list('Run').filter((object) => {
    const spec = specInForce(object) as DefaultedRunSpec;
    return spec.recipe === recipe && spec.pullRequest === undefined;
  });
  const newest = runs.toSorted((a, b) => (a.creationTimestamp < b.creationTimestamp ? 1 : -1));
  const ended = await Promise.all(newest.map((object) => endedRun(store, object)));
  return ended.filter((one) => one !== undefined);
}

async function endedRun(store: TriggerPass['services']['store'], object: StoredObject): Promise<EndedRun | undefined> {
  const record = await orNothing(readRunRecord(store, object.name), 'Damaged');
  const status = record?.frozen as RunStatus | undefined;
  const isOf = record?.step === 'Ended' && status?.mode === 'Cold' && status.verdict !== undefined;
  return isOf ? { object, status } : undefined;
}

function isOfBranch({ object, status }: EndedRun, { branch, commit }: Pin['base']): boolean {
  const { ref } = specInForce(object) as DefaultedRunSpec;
  return status.commit === commit || ref === branch || ref === `refs/heads/${branch}`;
}
