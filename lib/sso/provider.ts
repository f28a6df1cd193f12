import type { SecureContext } from 'node:tls';

/** A realm of ours: a room of its own in a provider, for one attempt of one run. */
export interface SsoRealm {
  /** See `realmName`. */
  realm: string;
  /** Uid of the run. */
  run: string;
  attempt: number;
}

/** What an attempt asks for. */
export interface SsoClaim extends SsoRealm {
  /** Absolute URL of the app: a sign-in leads back there or below, nowhere else. */
  appUrl: string;
}

/** All that signing in takes. `clientSecret` and `password` are secrets: they go into files of their own, masked everywhere. */
export interface SsoCredentials {
  /** Of the provider, without a slash at the end. */
  url: string;
  realm: string;
  /** As the discovery document and the tokens name it. */
  issuer: string;
  clientId: string;
  clientSecret: string;
  user: string;
  password: string;
}

/** A provider that runs somewhere, and who administers it. Given per call: a provider may move between two. */
export interface SsoSite {
  /** Absolute `http:` or `https:` URL. */
  url: string;
  adminUser: string;
  /** Read on each call, and kept nowhere. */
  adminPasswordFile: string;
  /** The address instead of what DNS says of the URL; name and certificate stay those of the URL. */
  connectTo?: { host: string; port?: number };
  /** Authorities that are trusted; absent: those of the system. */
  trust?: SecureContext;
}

/** `NotOurs`: there is a realm of that name which is of somebody else, or of another attempt; it was left alone. */
export type SsoRemoval = 'Removed' | 'Absent' | 'NotOurs';

/** What all providers are made with. */
export interface SsoProviderOptions {
  /** The instance id; every realm carries it. */
  instance: string;
}

/**
 * A kind of sign-on provider. No method ever touches a realm that does not carry the instance id; each one ends by a
 * deadline of its own, and settles soon after its signal trips.
 *
 * Unless said otherwise @throws CcError `Aborted` when the signal trips; `Unreachable` where the provider does not
 * answer, or not with what can be used (a run tries again); `Misconfigured` where it answers that we are wrong: its
 * URL, admin, password or certificate. No error holds a secret, or a word that the provider said.
 */
export interface SsoProvider {
  /** Whether it answers for sign-on now. An open port is not enough. Never throws but `Aborted`. */
  isReady(site: SsoSite, signal: AbortSignal): Promise<boolean>;
  /**
   * Makes the realm with a confidential client and a user who may sign in at once; the instance, run and attempt are
   * part of the very call that creates it. Called again for the same claim it makes the realm anew: the credentials it
   * gives work, those from before do not. @throws CcError `Conflict` besides, where the name is taken by a realm that
   * is not of this attempt; `Refused` for a name that is not that of a realm of ours.
   */
  create(site: SsoSite, claim: SsoClaim, signal: AbortSignal): Promise<SsoCredentials>;
  /**
   * Signs the user in by the password grant, and compares the discovery document and the token with the credentials.
   * @throws CcError `DataMissing` besides, where the realm is gone; `Conflict` where the credentials do not work any
   * more; `Misconfigured` also where the provider calls itself by another issuer.
   */
  verify(site: SsoSite, credentials: SsoCredentials, signal: AbortSignal): Promise<void>;
  /** Removes the realm, if it is of that run and attempt. Absent is success. @throws CcError `Refused` as `create`. */
  remove(site: SsoSite, realm: SsoRealm, signal: AbortSignal): Promise<SsoRemoval>;
  /** All realms of ours, sorted by name: complete, or an error. */
  list(site: SsoSite, signal: AbortSignal): Promise<SsoRealm[]>;
  /** Names of realms that are called like ours and do not carry our marks, sorted; complete, or an error. */
  listAlike(site: SsoSite, signal: AbortSignal): Promise<string[]>;
}
