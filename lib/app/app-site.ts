import type { Mask } from '../checks/mask.ts';
import type { AppHome } from './app-home.ts';

/** What was last applied to an app: a draft, journaled by the operation whose steps change it. */
export interface AppliedApp {
  /** When the spec was last applied, milliseconds since the epoch; 0: nothing was. */
  appliedMs: number;
  /** The app was deployed and healthy, and nothing has failed it since. */
  up: boolean;
  url?: string;
}

/** The app that steps act on: one under test, or that of a known-good. */
export interface AppSite {
  domain: string;
  home: AppHome;
  applied: AppliedApp;
  /** Over every secret that may show. */
  mask: Mask;
  signal: AbortSignal;
}
