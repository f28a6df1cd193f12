import { createHash } from 'node:crypto';
import { type AppPlan, type HomePlanOptions, planUpgrade } from '../app/app-plan.ts';
import { CcError, orElse } from '../errors.ts';
import { MissingComposeFiles } from '../recipe/compose.ts';
import { EnvFile } from '../recipe/env-file.ts';
import { readAbraExports, readRecipeBytes, readRecipeFile, readSample } from '../recipe/recipe-file.ts';

/** What the files of a revision say beside its plan. */
export interface TreeFacts {
  /** Compose files that the app names and the revision does not have; the plan is one without them. */
  missingFiles: readonly string[];
  /** Entries of `.env.sample`; empty where there is none. */
  sample: Readonly<Record<string, string>>;
  /** Exports of `abra.sh`. */
  exports: Readonly<Record<string, string>>;
  /** Files that configs and secrets name → SHA-256 of their bytes; null: there is no such file. */
  digests: Readonly<Record<string, string | null>>;
}

/** One end of a step from version to version, for this one app. */
export interface Side {
  /** Tag or label. */
  version: string;
  commit: string;
  tree: TreeFacts;
  /** Absent: the revision cannot be planned, and `fault` says why. */
  plan?: AppPlan;
  fault?: CcError;
}

/** Both ends, as far as there is something to compare. */
export interface PlannedSide extends Side {
  plan: AppPlan;
}

/** A revision of which nothing can be read. Pure. */
export function unreadableSide({ version, commit }: Pick<Side, 'version' | 'commit'>, fault: CcError): Side {
  return { version, commit, fault, tree: { missingFiles: [], sample: {}, exports: {}, digests: {} } };
}

/** What a recipe, an env or a spec can do to a plan. Everything else is ours or the machine's, and proves nothing. */
const OF_THE_RECIPE = ['InvalidInput', 'Misconfigured'] as const;

/**
 * Reads one end of a step: the plan of the app over its kept env at the checkout of that revision, and what the files
 * say beside it. Reads only. Give both ends the same home, settings and overlays, those that are deployed: what differs
 * then is the recipe's doing. A recipe that cannot be read is a Side without a plan.
 * @throws CcError `DataMissing` as {@link planUpgrade}; `Aborted`, `Unreachable`, faults of the system.
 */
export async function readSide(version: string, options: HomePlanOptions): Promise<Side> {
  const { directory, commit } = options.revision;
  const { missing, plan } = await planWithWhatIsThere(options);
  const texts = await orFault(readTexts(directory));
  const digests = plan instanceof CcError ? {} : await orFault(digestsOf(directory, plan));
  const fault = [plan, texts, digests].find((one) => one instanceof CcError);
  const nothing: Pick<TreeFacts, 'sample' | 'exports'> = { sample: {}, exports: {} };
  const tree = {
    missingFiles: missing,
    ...(texts instanceof CcError ? nothing : texts),
    digests: digests instanceof CcError ? {} : digests,
  };
  if (fault instanceof CcError || plan instanceof CcError)
    return { version, commit, tree, ...(fault ? { fault } : {}) };
  return { version, commit, tree, plan };
}

/** The plan; where compose files are missing, that of those which are there: it shows what goes with them. */
async function planWithWhatIsThere(
  options: HomePlanOptions,
): Promise<{ missing: readonly string[]; plan: AppPlan | CcError }> {
  const plan = await orFault(planUpgrade(options));
  if (!(plan instanceof MissingComposeFiles)) return { missing: [], plan };
  const left = plan.named.filter((file) => !plan.files.includes(file));
  if (left.length === 0) return { missing: plan.files, plan };
  const app = { ...options.app, composeFiles: left };
  return { missing: plan.files, plan: await orFault(planUpgrade({ ...options, app })) };
}

async function readTexts(directory: string): Promise<Pick<TreeFacts, 'sample' | 'exports'>> {
  const sample = EnvFile.parse((await readSample(directory)) ?? '').entries();
  return { sample, exports: readAbraExports((await readRecipeFile(directory, 'abra.sh')) ?? '') };
}

async function digestsOf(directory: string, { compose }: AppPlan): Promise<Record<string, string | null>> {
  const named = [...compose.configs, ...compose.secrets].flatMap(({ external, file }) =>
    external || file === undefined ? [] : [file],
  );
  const digests: [string, string | null][] = [];
  for (const file of new Set(named)) {
    const bytes = await readRecipeBytes(directory, file);
    digests.push([file, bytes === undefined ? null : createHash('sha256').update(bytes).digest('hex')]);
  }
  return Object.fromEntries(digests);
}

/** What `work` gives; the error, where it is a fault of the recipe, the env or the spec. */
export async function orFault<T>(work: Promise<T>): Promise<T | CcError> {
  return await orElse(work, OF_THE_RECIPE, (error) => error);
}
