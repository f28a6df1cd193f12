import { isRecord } from '../api/objects.ts';
import { runEditRefusal } from '../run-record/run-edit.ts';
import type { StateView } from '../store/reader.ts';
import { type ParsedSpec, withDefaults } from '../store/spec-codec.ts';
import { acceptedSpec } from '../store/spec-in-force.ts';
import type { Refusal } from '../store/store.ts';
import { targetText } from './objects.ts';
import { conditionOf, type ObjectView } from './view.ts';

/**
 * Why the controller would refuse this spec, as far as the state directory tells; undefined: nothing is known against it.
 * The controller decides anew. Pure.
 */
export function editRefusal(wanted: ParsedSpec, { objects }: StateView): Refusal | undefined {
  const isIt = ({ object }: ObjectView): boolean => object.kind === wanted.kind && object.name === wanted.metadata.name;
  const known = objects.find(isIt);
  const edit = known && editOf(known, wanted);
  return (
    edit ??
    takenBy(
      wanted,
      objects.filter((view) => !isIt(view)),
    )
  );
}

/** What a spec that was accepted has fixed. */
function editOf({ object, status }: ObjectView, wanted: ParsedSpec): Refusal | undefined {
  const accepted = acceptedSpec(object);
  // What is being destroyed has fixed nothing for the object that comes after it.
  if (!isRecord(accepted) || object.deletion?.state === 'Destroying') return undefined;
  if (wanted.kind === 'Run') {
    const succeeded = conditionOf(status, 'Succeeded');
    const started = status?.startTime !== undefined || (succeeded !== undefined && succeeded.status !== 'Unknown');
    return started ? runEditRefusal(accepted, { ...withDefaults('Run', wanted.spec) }) : undefined;
  }
  const [then, now] = [appOf(accepted), appOf(wanted.spec)];
  if (then === undefined || now === undefined) return undefined;
  if (then.recipe !== now.recipe) return immutable('spec.app.recipe', then.recipe, now.recipe);
  const domain = typeof status?.domain === 'string' ? status.domain : then.domain;
  // Whether a default is the same domain, the controller knows alone.
  if (now.domain === undefined || domain === undefined || domain === now.domain) return undefined;
  return immutable('spec.app.domain', domain, now.domain);
}

/** What belongs to another object: a recipe has one Canonical, a domain one owner. */
function takenBy(wanted: ParsedSpec, others: readonly ObjectView[]): Refusal | undefined {
  const app = appOf(wanted.spec);
  if (app === undefined) return undefined;
  const enrols = ({ object }: ObjectView): boolean =>
    wanted.kind === 'Canonical' && object.kind === 'Canonical' && appOf(acceptedSpec(object))?.recipe === app.recipe;
  const twin = others.find(enrols);
  if (twin !== undefined)
    return {
      reason: 'DuplicateRecipe',
      message: `recipe ${app.recipe} is enrolled by ${targetText(twin.object)} (${twin.object.path}) already: one Canonical per recipe.`,
    };
  const holder = others.find(
    ({ object, status }) => object.kind !== 'Run' && app.domain !== undefined && status?.domain === app.domain,
  );
  if (holder === undefined || acceptedSpec(holder.object) === undefined) return undefined;
  return {
    reason: 'DomainConflict',
    message: `domain ${app.domain} belongs to ${targetText(holder.object)}. Choose another app.domain, or remove that object first.`,
  };
}

function appOf(spec: unknown): { recipe: string; domain?: string } | undefined {
  const app = isRecord(spec) ? spec.app : undefined;
  return isRecord(app) ? (app as { recipe: string; domain?: string }) : undefined;
}

function immutable(field: string, from: string, to: string): Refusal {
  const message = `${field} cannot change from ${from} to ${to}. Give the other one an object of its own, or undo the edit.`;
  return { reason: 'ImmutableField', message };
}
