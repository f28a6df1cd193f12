/** What a linter outside of ours says of a commit. */
export interface LintReport {
  /** `Unverified`: it gave no answer that can be read; never counted as passed. */
  verdict: 'Passed' | 'Failed' | 'Unverified';
  /** The table, for the run's artifacts. */
  rows: readonly object[];
  /** Why it failed or is unverified; empty where it passed. */
  message: string;
}

/** The linter of the tool that deploys: where there is one, its verdict counts and our table only explains it. */
export interface RecipeLinter {
  /** @throws CcError `Aborted`, `InvalidInput` (a name it cannot take), `CommandFailed` (no clone can be made). */
  lint(
    recipe: string,
    revision: { commit: string; repository: string; directory: string },
    signal: AbortSignal,
  ): Promise<LintReport>;
}
