import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { isThere } from '../stores/servers.ts';

/** Names of Chromium and its kin, as distributions give them. */
const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Why no test here can have a browser, with where it comes from, or undefined. */
export function whyNoBrowser(): string | undefined {
  return BROWSERS.some(isThere) ? undefined : 'missing: chromium (chromium)';
}

/** The browser for tests; undefined where there is none. */
export function browserOnPath(): string | undefined {
  const places = (process.env.PATH ?? '').split(delimiter);
  const paths = BROWSERS.flatMap((name) => places.map((place) => join(place, name)));
  return paths.find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
