import type { AppSpec, Platform, Revision } from '../../../lib/platform/platform.ts';

/** Prepares and deploys, as whoever wants an app there does. */
export async function deployTo(
  platform: Platform,
  app: AppSpec,
  revision: Revision,
  signal: AbortSignal = new AbortController().signal,
): Promise<void> {
  await platform.deploy(await platform.prepare(app, revision, signal), signal);
}
