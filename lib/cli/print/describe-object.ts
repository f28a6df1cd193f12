import type { SpecChange } from '../../api/generated/types.ts';
import type { EventRecord } from '../../events/event.ts';
import type { DecisionLine } from '../../store/object-logs.ts';
import { refusedSpec } from '../../store/refused-spec.ts';
import { formatProblem } from '../../store/spec-codec-problem.ts';
import { refusalOf, specInForce } from '../../store/spec-in-force.ts';
import { targetText } from '../objects.ts';
import type { CommonStatus, ObjectView } from '../view.ts';
import { statusWord } from '../view.ts';
import { age, relative } from './age.ts';
import { fieldLines, oneLine, renderTable, type Section } from './table.ts';
import { decidedLines } from './why.ts';

/** Who the object is and how it stands, in a few lines. */
export function identityLines(view: ObjectView, nowMs: number): string[] {
  const { object, status } = view;
  const observed = status?.observedGeneration;
  return fieldLines([
    ['Name', object.name],
    ['Kind', object.kind],
    ['Status', statusWord(view)],
    ['Suspended', suspendedText(view)],
    ['Next action', nextActionText(status, nowMs)],
    ['File', object.path],
    ['UID', object.uid],
    [
      'Generation',
      observed === object.generation ? object.generation : `${object.generation} (observed: ${observed ?? 'none'})`,
    ],
    ['Created', `${object.creationTimestamp} (${age(object.creationTimestamp, nowMs)} ago)`],
    ['Labels', pairs(object.labels)],
    ['Annotations', pairs(object.annotations)],
    ['Owner', object.ownerReferences.map((owner) => `${owner.kind}/${owner.name}`).join(', ')],
  ]);
}

/** Parts that objects of every kind have, above the kind's own. */
export function commonSections({ object, status }: ObjectView, nowMs: number): Section[] {
  return [
    {
      title: `Not in force (${(object.rejected ?? refusalOf(object))?.reason ?? ''})`,
      lines: object.rejected?.problems.map(formatProblem) ?? refusalLines(object),
    },
    { title: 'Notes on the file', lines: object.notes.map(formatProblem) },
    { title: 'Deletion', lines: deletionLines({ object, status }, nowMs) },
    { title: 'Conditions', lines: conditionLines(status, nowMs) },
    { title: 'Requests', lines: requestLines({ object, status }, nowMs) },
  ];
}

function refusalLines(object: ObjectView['object']): string[] {
  const refusal = refusalOf(object);
  if (!refusal) return [];
  const changes = (refusedSpec(object)?.changes ?? []).map(changeLine);
  const since = object.accepted && `In force is generation ${object.accepted.generation}.`;
  return [refusal.message, ...(since ? [since] : []), ...changes];
}

function changeLine({ field, inForce = '(nothing)', refused = '(nothing)' }: SpecChange): string {
  return oneLine(`${field}: ${inForce} is in force, ${refused} was refused`);
}

/** Parts below the kind's own: what was decided and what happened. */
export function historySections(
  decision: DecisionLine | undefined,
  events: readonly EventRecord[],
  nowMs: number,
): Section[] {
  return [
    { title: 'Last decision', lines: decision ? decidedLines(decision, nowMs) : [] },
    { title: 'Events', lines: eventTable(events, nowMs) },
  ];
}

function eventTable(events: readonly EventRecord[], nowMs: number): string[] {
  const rows = events.map((event) => [age(event.time, nowMs), event.type, event.reason, event.message]);
  return lines(renderTable(rows, { header: rows.length > 0 ? ['AGE', 'TYPE', 'REASON', 'MESSAGE'] : undefined }));
}

/** `what (reason), in 5m`; nothing for an object at rest. */
function nextActionText(status: CommonStatus | undefined, nowMs: number): string {
  const next = status?.nextAction;
  if (!next) return status ? 'none: at rest' : 'the first look by the controller';
  return `${next.what} (${next.reason})${next.time === undefined ? '' : `, ${relative(next.time, nowMs)} (${next.time})`}`;
}

function suspendedText({ object }: ObjectView): string | undefined {
  if ((specInForce(object) as { suspend?: boolean }).suspend) return `yes, by spec.suspend in ${object.path}`;
  return object.suspended ? "yes, on request; 'ccctl resume' ends it" : undefined;
}

function deletionLines({ object, status }: ObjectView, nowMs: number): string[] {
  const { deletion } = object;
  if (!deletion) return [];
  const shown = status?.deletion;
  const at = (time: string | undefined): string | undefined => time && `${time} (${relative(time, nowMs)})`;
  return fieldLines([
    ['State', DELETION_TEXTS[deletion.state]],
    ['Renamed to', deletion.renamedTo && `${targetText(deletion.renamedTo)}, by its file`],
    ['Asked for', askedText(deletion)],
    ['Undeploy', at(shown?.undeployTime)],
    ['Destroy', at(shown?.destroyTime)],
    ['Remaining', shown?.remaining.join(', ')],
  ]);
}

function askedText({ requested, purge, renamedTo }: NonNullable<ObjectView['object']['deletion']>): string {
  if (purge) return 'yes, with ccctl delete --purge: no data is kept';
  if (requested) return 'yes, with ccctl delete';
  return renamedTo ? 'no, the file describes another object' : 'no, the file is gone';
}

const DELETION_TEXTS = {
  Missing: 'Missing: the file is gone, the grace time runs, nothing is done yet',
  Started: 'Started: undeployed, data kept; the file put back takes it back',
  Destroying: 'Destroying: there is no way back',
} as const;

function conditionLines(status: CommonStatus | undefined, nowMs: number): string[] {
  const rows = (status?.conditions ?? []).map((condition) => [
    condition.type,
    condition.status,
    condition.reason,
    age(condition.lastTransitionTime, nowMs),
    condition.message,
  ]);
  return lines(
    renderTable(rows, { header: rows.length > 0 ? ['TYPE', 'STATUS', 'REASON', 'SINCE', 'MESSAGE'] : undefined }),
  );
}

function requestLines({ object, status }: ObjectView, nowMs: number): string[] {
  const waiting = object.requests.map((one) => `${one.verb} by ${one.by}, ${relative(one.time, nowMs)}: waits`);
  const last = object.lastHandledRequest ?? status?.lastHandledRequest;
  if (!last) return waiting;
  const message = last.message ? `: ${oneLine(last.message)}` : '';
  return [...waiting, `${last.verb}, ${relative(last.time, nowMs)}: ${last.result}${message}`];
}

function pairs(map: Readonly<Record<string, string>>): string {
  return Object.entries(map)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ');
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}
