import type { Facts } from './object-facts.ts';
import type { FileProblem } from './problem-report.ts';

/** The files of a round that became no object, each with what to tell people. Pure. */
export function fileProblems(facts: Facts): FileProblem[] {
  const invalid = facts.unknownFiles.map(
    ({ path, problems }): FileProblem => ({
      path,
      reason: 'InvalidSpec',
      message: `${problems[0]?.message ?? 'it does not validate'}; no deletion goes on while it lasts`,
      problems,
    }),
  );
  const duplicates = facts.duplicates.map(
    ({ key, path, keptPath }): FileProblem => ({
      path,
      reason: 'DuplicateName',
      message:
        path === keptPath
          ? `${key.kind} ${key.name} is being deleted; this file becomes a new object afterwards`
          : `${key.kind} ${key.name} is described by ${keptPath}; ${path} is not in force`,
      problems: [],
      key: { kind: key.kind, name: key.name },
    }),
  );
  return [...invalid, ...duplicates];
}
