import type { DefaultedSweepSpec } from '../../lib/api/index.ts';
import { specInForce } from '../../lib/store/spec-in-force.ts';
import type { HandledRequest, PendingRequest, StoredObject } from '../../lib/store/store.ts';
import { type SweepJournal, underWay } from './journal.ts';

type Answer = Pick<HandledRequest, 'result' | 'message'>;

const accepted = (message: string): Answer => ({ result: 'Done', message });
const refused = (message: string): Answer => ({ result: 'Refused', message });

/** Puts what a person asked for into the draft, which the caller journals, and answers. Idempotent. */
export function answerRequest(object: StoredObject, journal: SweepJournal, request: PendingRequest): Answer {
  const { suspend } = specInForce(object) as DefaultedSweepSpec;
  switch (request.verb) {
    case 'run':
      return wantSweep(journal, request, suspend || object.suspended);
    case 'cancel':
      return cancel(journal, request);
    case 'suspend':
      return accepted('suspended: no sweep is started; one that is under way goes on');
    case 'resume':
      return suspend ? refused(`spec.suspend is true in ${object.path}: edit that file`) : accepted('resumed');
    case 'reconcile':
    case 'delete':
      return accepted('seen');
    case 'retry':
      return refused(`'ccctl run sweep/${object.name}' starts another sweep`);
    case 'approve':
    case 'rollback':
      return refused(`${request.verb} is for warm services`);
  }
}

function wantSweep(journal: SweepJournal, { id, by, time }: PendingRequest, suspended: boolean): Answer {
  const { asked, sweep } = journal;
  if (sweep?.request === id || asked?.id === id) return accepted(STARTS);
  if (suspended) return refused('it is suspended: resume it first');
  const active = underWay(journal);
  if (active) return refused(`a sweep is under way since ${active.startTime}`);
  if (asked) return refused(`${asked.by} asked for one already; it starts once no run is active`);
  journal.asked = { id, by, time };
  return accepted(STARTS);
}

const STARTS = 'starts once no run is active';

function cancel(journal: SweepJournal, { by }: PendingRequest): Answer {
  const active = underWay(journal);
  if (active?.step === 'Report') return refused('the sweep has ended');
  if (active) {
    active.cancel ??= { by };
    return accepted('ends once what is under way is cancelled');
  }
  if (journal.asked === undefined) return refused('no sweep is under way');
  delete journal.asked;
  return accepted('the sweep that was asked for does not start');
}
