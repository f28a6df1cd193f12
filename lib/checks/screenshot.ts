import { mkdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { explainError, hasCode } from '../errors.ts';
import type { CommandRunner } from '../exec/command.ts';
import type { AppConnection } from './app-connection.ts';

export interface ScreenshotOptions {
  url: string;
  /** Absolute path of the picture, PNG. */
  file: string;
  /** How the URL is reached. */
  connection: AppConnection;
  runner: CommandRunner;
  /** PATH on which the browser is looked for. */
  path: string;
  /** Of this instance, for the browser's processes. */
  token: string;
  /** Empty directory for the browser's profile and home. */
  scratch: string;
  /** `None`: the browser runs as root, where Chromium has no sandbox. */
  sandbox: 'Own' | 'None';
  signal: AbortSignal;
}

/** Names of Chromium and its kin, as distributions give them. */
const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'] as const;
/** The scratch directory by a short name: the browser makes a socket there, whose path may have 107 bytes. */
const SHORT_SCRATCH = '/proc/self/cwd';
const TIMEOUT_MS = 30_000;
const MAX_BYTES = 10 * 1024 * 1024;
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/**
 * Takes a picture of a page with the Chromium of the host. The browser reaches nothing but the host and port of the
 * URL, whatever the page asks for. Gives why there is no picture, undefined where there is one; never fails for what
 * the page or the browser does. @throws CcError `Aborted` when `signal` trips.
 */
export async function takeScreenshot(options: ScreenshotOptions): Promise<string | undefined> {
  await mkdir(dirname(options.file), { recursive: true });
  for (const browser of BROWSERS) {
    try {
      return await shoot(browser, options);
    } catch (error) {
      if (options.signal.aborted) throw error;
      if (!hasCode(error, 'NotFound')) return explainError(error);
    }
  }
  return `no browser on the PATH (${BROWSERS.join(', ')})`;
}

async function shoot(browser: string, options: ScreenshotOptions): Promise<string | undefined> {
  const { runner, path, token, scratch, signal, file } = options;
  const env = { PATH: path, HOME: scratch, TMPDIR: SHORT_SCRATCH, LANG: 'C.UTF-8', CCCI_TOKEN: token };
  const argv = [browser, ...flagsOf(options), options.url] as const;
  const { outcome, exitCode } = await runner.run({ argv, cwd: scratch, env, signal, timeoutMs: TIMEOUT_MS });
  if (outcome === 'TimedOut') return `${browser} did not end within ${TIMEOUT_MS / 1000} s`;
  if (exitCode !== 0) return `${browser} ended with exit code ${exitCode}`;
  return (await isPicture(file)) ? undefined : `${browser} left no picture`;
}

function flagsOf({ url, file, scratch, connection, sandbox }: ScreenshotOptions): string[] {
  return [
    '--headless',
    '--disable-gpu',
    '--disable-dev-shm-usage',
    '--disable-extensions',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--no-first-run',
    // Its packets go to addresses, past the rules for names.
    '--force-webrtc-ip-handling-policy=disable_non_proxied_udp',
    '--hide-scrollbars',
    '--window-size=1280,800',
    '--virtual-time-budget=5000',
    `--user-data-dir=${join(scratch, 'profile')}`,
    `--host-resolver-rules=${hostRules(new URL(url), connection)}`,
    // The check of the page has looked at the certificate; the browser does not know the authorities of swarm.caFile.
    ...(connection.trust === undefined ? [] : ['--ignore-certificate-errors']),
    ...(sandbox === 'None' ? ['--no-sandbox'] : []),
    `--screenshot=${file}`,
  ];
}

/** One place is left of the world: host and port of the URL, at the configured address where there is one. */
function hostRules({ hostname, port, protocol }: URL, { connectTo }: AppConnection): string {
  const asked = port || (protocol === 'https:' ? '443' : '80');
  const host = connectTo?.host ?? hostname.replace(/^\[|\]$/g, '');
  const address = `${host.includes(':') ? `[${host}]` : host}:${connectTo?.port ?? asked}`;
  return `MAP ${hostname}:${asked} ${address}, MAP * ~NOTFOUND`;
}

async function isPicture(file: string): Promise<boolean> {
  const { size } = await stat(file).catch(() => ({ size: 0 }));
  if (size < PNG.length || size > MAX_BYTES) return false;
  return (await readFile(file)).subarray(0, PNG.length).equals(PNG);
}
