import type { Compose } from './compose-types.ts';
import type { EnvFile } from './env-file.ts';
import type { VersionListing } from './version-tags.ts';

/** One line of the lint table. */
export interface LintRow {
  /** `R001`…: abra's rules; `C001`…: ours. */
  ref: string;
  rule: string;
  severity: 'Error' | 'Warning';
  satisfied: boolean | 'Skipped';
  /** What is wrong and where, or why it was skipped; empty where satisfied. */
  message: string;
  /** What to do about it; empty where there is nothing to do. */
  remedy: string;
}

/** What the rules that need no compose file look at. */
export interface RecipeContext {
  sample?: EnvFile;
  readme: string;
  /** Exports of `abra.sh`. */
  exports: Readonly<Record<string, string>>;
  tags: VersionListing;
}

export interface LintContext extends RecipeContext {
  compose: Compose;
  /** The app's domain, filled into `compose`; undefined where it is not known. */
  domain: string | undefined;
  /** Version tags of the commit itself. */
  ownTags: readonly string[];
  /** Configs and secrets that changed under an old name, a phrase each; undefined where there is nothing to compare with. */
  staleNames: readonly string[] | undefined;
}

/** A rule. `check` gives what is wrong, one phrase each (none: satisfied), or a text that says why it does not apply. */
export interface LintRule<C> extends Pick<LintRow, 'ref' | 'rule' | 'severity' | 'remedy'> {
  check(context: C): string[] | string;
}
