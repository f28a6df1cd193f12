import { objectOf, optionalText, textOf } from './values.ts';

/** What an engine is and how we speak to it. */
export interface EngineVersion {
  /** `20.10.24`. */
  engineVersion: string;
  /** The version spoken, at most the engine's own, as in the path of a call without `v`: `1.41`. */
  apiVersion: string;
  /** Of its processor (GOARCH: `amd64`, `arm64`); absent where it does not say. */
  architecture?: string;
}

/** The newest version of the API that this code was written for (engine 27). */
const NEWEST = '1.47';

/** Reads `GET /version`: the older of both newest versions, but no older than the engine still speaks. Pure. @throws TypeError */
export function negotiateVersion(answer: unknown): EngineVersion {
  const { Version: engine, ApiVersion: newest, MinAPIVersion: oldest, Arch: arch } = objectOf(answer);
  const theirs = textOf(newest);
  const spoken = compareVersions(theirs, NEWEST) < 0 ? theirs : NEWEST;
  const least = optionalText(oldest) ?? spoken;
  const architecture = optionalText(arch);
  return {
    engineVersion: textOf(engine),
    apiVersion: compareVersions(spoken, least) < 0 ? least : spoken,
    ...(architecture === undefined ? {} : { architecture }),
  };
}

/** Orders `1.9` before `1.41`. @throws TypeError for what is no such version. */
export function compareVersions(one: string, other: string): number {
  const [a, b] = [parts(one), parts(other)];
  return a.major - b.major || a.minor - b.minor;
}

function parts(version: string): { major: number; minor: number } {
  const match = /^(\d+)\.(\d+)$/.exec(version);
  if (match === null) throw new TypeError(`${JSON.stringify(version)} is no API version`);
  return { major: Number(match[1]), minor: Number(match[2]) };
}
