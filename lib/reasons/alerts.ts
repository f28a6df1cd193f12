// What alerts mean.
import type { AlertReason } from '../alerts/alert.ts';
import { type Meaning, NOTHING } from './meaning.ts';

/** Every reason of an alert; how grave each is says `ALERT_REASONS`. */
export const ALERT_MEANINGS: Readonly<Record<AlertReason, Meaning>> = {
  DeployFailed: [
    'Nothing was healthy yet, and the newest release does not come up.',
    'Read the cause; a newer release, a spec change or `ccctl retry` tries again.',
  ],
  UpgradeHeld: [
    'An upgrade needs a person: the facts name the rules and the release notes.',
    'Read the notes, then approve that version or leave it.',
    'safety-gate.md',
  ],
  ApprovalVoided: [
    'What was approved is not there any more: its tag moved.',
    'Look at the new commit, then approve it or leave it.',
  ],
  UpgradeNotPrepared: [
    'A newer version could not be prepared, and nothing was touched: no registry has its image, the image is not for this processor, a registry or the disk is in the way, or the way back is not to be had.',
    'What the message says; a missing image is looked for again at the next `update.interval`, anything of the ground by itself.',
  ],
  UpgradeRolledBack: [
    'An upgrade failed, the app is back on its last good version with its data.',
    'Read the cause; the version is in quarantine.',
  ],
  RollbackFailed: [
    'An upgrade failed, and so did the way back: the app is down, nothing was deleted.',
    'End the cause, then `ccctl retry`.',
    'warm-services.md',
  ],
  RecoverFailed: ['An app that should run does not, and cannot be brought back.', 'End the cause, then `ccctl retry`.'],
  Flapping: [
    'The app was repaired five times in five minutes, and is left alone since.',
    'Find who changes it, then `ccctl retry`.',
  ],
  Recovered: ['What the alerts in `recovers` told is over.', NOTHING],
};
