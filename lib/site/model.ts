import type { AlertReason, Severity } from '../alerts/alert.ts';
import type {
  Blame,
  CanonicalHistoryEntry,
  KnownGood,
  NextAction,
  PullRequest,
  RunMode,
  RunStatus,
  SweepHistoryEntry,
  SweepRecord,
  WarmServiceHistoryEntry,
  WarmServiceVersions,
} from '../api/generated/types.ts';
import type { Kind } from '../api/kinds.ts';

/** How something stands, for the eye: good, bad, neither, or still going on. */
export type Tone = 'Good' | 'Bad' | 'Doubt' | 'Live';

/** The condition that sums an object up, in words. */
export interface Standing {
  /** Reason of the condition, CamelCase. */
  word: string;
  message: string;
  tone: Tone;
}

/** What pages other than its own show of a run. */
export interface RunFacts {
  name: string;
  uid: string;
  recipe: string;
  created: string;
  standing: Standing;
  /** Succeeded is not Unknown any more. */
  ended: boolean;
  mode: RunMode;
  /** What was asked for; absent: the newest release. */
  ref?: string;
  pullRequest?: PullRequest;
  /** It says something of the recipe as it is enrolled: cold, of no pull request, from the enrolled source. */
  counts: boolean;
  verdict?: RunStatus['verdict'];
  level?: number;
  version?: string;
  commit?: string;
  blame?: Blame;
  promoted?: boolean;
  startTime?: string;
  completionTime?: string;
}

/** One ended run, kept after the run itself is gone. */
export interface TrendEntry {
  run: string;
  uid: string;
  /** When it ended. */
  time: string;
  word: string;
  tone: Tone;
  mode: RunMode;
  counts: boolean;
  verdict?: RunStatus['verdict'];
  level?: number;
  version?: string;
}

/** What pages show of a Canonical. */
export interface EnrolmentFacts {
  canonical: string;
  uid: string;
  recipe: string;
  standing: Standing;
  source?: string;
  nextAction?: NextAction;
  knownGood?: KnownGood;
  history: readonly CanonicalHistoryEntry[];
}

/** A recipe that is enrolled, or that a run tested. */
export interface RecipeModel {
  recipe: string;
  enrolment?: EnrolmentFacts;
  /** The newest first. */
  runs: readonly RunFacts[];
  /** Ended runs, the oldest first, at most 30. */
  trend: readonly TrendEntry[];
}

/** What pages show of a WarmService. */
export interface ServiceFacts {
  name: string;
  uid: string;
  recipe: string;
  standing: Standing;
  /** Of its health; absent before the first look. */
  health?: Standing;
  version: WarmServiceVersions;
  url?: string;
  operation?: string;
  history: readonly WarmServiceHistoryEntry[];
}

/** What pages show of a Sweep. */
export interface SweepFacts {
  name: string;
  uid: string;
  standing: Standing;
  lastSweep?: SweepRecord;
  nextScheduleTime?: string;
  history: readonly SweepHistoryEntry[];
}

/** What pages show of an alert. */
export interface AlertEntry {
  id: string;
  time: string;
  severity: Severity;
  reason: AlertReason;
  object: { kind: Kind; name: string };
  message: string;
}

/** Everything that pages are made from, but for what only the page of one run shows. Each list by name. */
export interface SiteModel {
  /** Id of the instance: names of feed entries follow from it. */
  instance: string;
  version: string;
  /** Public address with a slash at its end; absent: links are relative. */
  url?: string;
  recipes: readonly RecipeModel[];
  services: readonly ServiceFacts[];
  sweeps: readonly SweepFacts[];
  /** Failures that people were told of and that are not over, the newest first. */
  openAlerts: readonly AlertEntry[];
  /** All that are kept, the newest first. */
  alerts: readonly AlertEntry[];
}

/** A file among the artifacts of a run. */
export interface ArtifactFacts {
  /** Path below the run's directory, as the recipe's tests named it. */
  path: string;
  bytes: number;
  /** Path of the copy below the site; absent: it is only named. */
  copy?: string;
  /** What the copy is. */
  sort?: 'Text' | 'Picture';
  /** The copy is the end of a longer file. */
  cut?: boolean;
}

/** What the page of a run shows. */
export interface RunPageModel {
  facts: RunFacts;
  status: Partial<RunStatus>;
  artifacts: readonly ArtifactFacts[];
  /** Artifacts that are not even named, as there are too many. */
  moreArtifacts: number;
}
