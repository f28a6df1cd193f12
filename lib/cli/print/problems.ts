import type { ReportedProblem } from '../../store/problem-report.ts';
import type { StateView } from '../../store/reader.ts';
import { formatProblem } from '../../store/spec-codec-problem.ts';
import { type CliEnvironment, say } from '../environment.ts';
import { relative } from './age.ts';
import { renderTable } from './table.ts';

/** How many files are named; the rest is counted. */
const SHOWN = 5;

/** Says on standard error whether deletions are held, and which files became no object, the first problem of each. */
export function noteProblems(
  environment: CliEnvironment,
  { problems, source }: Pick<StateView, 'problems' | 'source'>,
): void {
  if (source && !source.available) {
    const since = relative(source.sinceTime, environment.clock.now());
    say(
      environment,
      `ccctl: SourceUnavailable/${source.reason} (${since}): ${source.message ?? ''}; deletions are held`,
    );
  }
  for (const file of problems.slice(0, SHOWN)) say(environment, `ccctl: not accepted: ${firstProblem(file)}`);
  const more = problems.length - SHOWN;
  if (more > 0) say(environment, `ccctl: not accepted: ${more} more files; 'ccctl validate' names them`);
}

/** The files that became no object as a table, for `get -o wide`; nothing where there are none. */
export function problemTable(problems: readonly ReportedProblem[], header: 'Header' | 'NoHeader'): string {
  if (problems.length === 0) return '';
  const rows = problems.map((problem) => [problem.path, 'False', problem.reason, firstProblem(problem)]);
  return renderTable(rows, header === 'Header' ? { header: ['FILE', 'ACCEPTED', 'STATUS', 'MESSAGE'] } : {});
}

function firstProblem({ path, message, problems }: ReportedProblem): string {
  const [first] = problems;
  return first ? formatProblem(first) : `${path}: ${message}`;
}
