import type { SweepRecord, SweepStatus, SweptRecipe, SweptWarmService } from '../../api/generated/types.ts';
import { relative } from './age.ts';
import { fieldLines, oneLine, renderTable, type Section } from './table.ts';

/** The parts of `ccctl describe sweep/x` that other kinds do not have. Pure. */
export function sweepSections(status: SweepStatus | undefined, nowMs: number): Section[] {
  if (!status) return [];
  const at = (time: string | undefined): string | undefined => time && `${time} (${relative(time, nowMs)})`;
  const { lastSweep: last, history = [] } = status;
  return [
    {
      title: 'Schedule',
      lines: fieldLines([
        ['Last', at(status.lastScheduleTime)],
        ['Next', at(status.nextScheduleTime)],
      ]),
    },
    { title: 'Last sweep', lines: last ? headLines(last, at) : [] },
    { title: 'Warm services', lines: linesOf((last?.warmServices ?? []).map(serviceCells), SERVICE_HEADER) },
    { title: 'Recipes', lines: linesOf((last?.recipes ?? []).map(recipeCells), RECIPE_HEADER) },
    { title: 'What happened', lines: (last?.recipes ?? []).flatMap(messageLine) },
    {
      title: 'History',
      lines: history.map(
        ({ occurrence, result, passed = 0, failed = 0, skipped = 0 }) =>
          `${occurrence} ${result}: ${passed} passed, ${failed} failed, ${skipped} skipped`,
      ),
    },
  ];
}

function headLines(last: SweepRecord, at: (time: string | undefined) => string | undefined): string[] {
  return fieldLines([
    ['Occurrence', last.occurrence],
    ['Started', `${at(last.startTime)} by ${last.cause === 'Request' ? 'request' : 'its schedule'}`],
    ['Ended', at(last.completionTime)],
    ['Result', last.result ?? 'under way'],
    ['Report', last.report],
  ]);
}

const SERVICE_HEADER = ['SERVICE', 'RESULT', 'REASON', 'FROM', 'TO'];

function serviceCells({ name, result, reason, from, to }: SweptWarmService): string[] {
  return [`ws/${name}`, result, reason, from, to].map((cell) => cell ?? '-');
}

const RECIPE_HEADER = ['RECIPE', 'FROM', 'TO', 'DECISION', 'REASON', 'RESULT', 'LEVEL', 'FAILED', 'BLAME', 'RUN'];

function recipeCells(row: SweptRecipe): string[] {
  const { recipe, from, to, decision, reason, result, level, failedStage, blame, run } = row;
  const cells = [
    recipe,
    from,
    to,
    decision,
    reason,
    result,
    level?.toString(),
    failedStage,
    blame,
    run && `run/${run}`,
  ];
  return cells.map((cell) => cell ?? '-');
}

function linesOf(rows: readonly string[][], header: readonly string[]): string[] {
  return rows.length === 0 ? [] : renderTable(rows, { header }).trimEnd().split('\n');
}

function messageLine({ recipe, message }: SweptRecipe): string[] {
  return message === undefined ? [] : [`${recipe}: ${oneLine(message)}`];
}

/** What is known of a sweep so far, a line for each service and recipe that is over or under way. Pure. */
export function sweepLines({ warmServices, recipes }: SweepRecord): string[] {
  return [
    ...warmServices.filter(({ result }) => result !== undefined).map((one) => textOf(serviceCells(one))),
    ...recipes.filter(({ decision }) => decision !== undefined).map((one) => textOf(recipeCells(one))),
  ];
}

function textOf(cells: readonly string[]): string {
  const [first = '', ...rest] = cells.filter((cell) => cell !== '-').map(oneLine);
  return `${first}: ${rest.join(' ')}`;
}
