import { isThere } from '../stores/servers.ts';

/** Names of Chromium and its kin, as distributions give them. */
const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Why no test here can have a browser, with where it comes from, or undefined. */
export function whyNoBrowser(): string | undefined {
  return BROWSERS.some(isThere) ? undefined : 'missing: chromium (chromium)';
}
