import type { Clock } from '../../lib/clock.ts';
import type { Account } from '../../lib/forge/account.ts';
import type { Authorised } from '../../lib/forge/authority.ts';
import type { Forge } from '../../lib/forge/forge.ts';
import type { Outbox } from '../../lib/forge/outbox.ts';
import type { TriggerRecord } from '../../lib/forge/trigger-record.ts';
import type { Log } from '../../lib/log.ts';
import type { SetReader } from '../../lib/snapshot/set-reader.ts';
import type { EventInput, ObjectStore } from '../../lib/store/store.ts';

/** The configuration that triggers need. Durations in milliseconds. */
export interface TriggerSettings {
  stateDirectory: string;
  /** Base URL of the forge. */
  url: string;
  zone: string;
  pollIntervalMs: number;
  authorised: Authorised;
  /** Address of the page of a Run, by its name; undefined: there is none. */
  pageOf(run: string): string | undefined;
}

/** What all triggers work with. */
export interface TriggerServices {
  store: ObjectStore;
  forge: Forge;
  clock: Clock;
  log: Log;
  settings: TriggerSettings;
  /** How the bytes of sets are looked at; absent: on the disk. */
  setReader?: SetReader | undefined;
  /** 0 ≤ random < 1. */
  random: () => number;
}

/** The Canonical that names a repository in its `trigger`. */
export interface Enrolment {
  canonical: string;
  recipe: string;
}

/** One pass over the trigger of a repository. */
export interface TriggerPass {
  services: TriggerServices;
  repository: string;
  enrolment: Enrolment;
  record: TriggerRecord;
  outbox: Outbox;
  account: Account;
  signal: AbortSignal;
  /** Journals the record; durable when it resolves. Nothing outside is done before what it follows from is journaled. */
  save(): Promise<void>;
  /** Tells people, at the Canonical and in the log. */
  tell(event: TriggerEvent): Promise<void>;
}

/** Something that happened to a trigger. */
export interface TriggerEvent extends EventInput {
  reason: TriggerReason;
}

/** Reasons of the events of a trigger. */
type TriggerReason =
  | 'TriggerEnrolled'
  | 'CommandAccepted'
  | 'CommandRefused'
  | 'CommandOver'
  | 'RunSuperseded'
  | 'NotDelivered'
  | 'ForgeFailing'
  | 'ForgeAnswers';
