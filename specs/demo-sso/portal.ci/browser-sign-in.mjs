#!/usr/bin/env node
// Signs the run's user in at the portal as a person does, with the Chromium of the host: first with a wrong password.
import { accessSync, constants, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import puppeteer from 'puppeteer-core';

const { CCCI_BASE_URL: portal, CCCI_SSO_URL: provider, CCCI_SSO_USER: user, CCCI_SSO_PASSWORD_FILE } = process.env;
const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const SKIPPED = 77;
const PATIENCE_MS = 60_000;

function browserOnPath() {
  const places = (process.env.PATH ?? '').split(delimiter);
  return BROWSERS.flatMap((name) => places.map((place) => join(place, name))).find(isProgram);
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The browser reaches two places of the world. Root has no sandbox in Chromium. */
function flags() {
  const hosts = [portal, provider].map((url) => new URL(url).hostname);
  const rules = ['MAP * ~NOTFOUND', ...new Set(hosts.map((host) => `EXCLUDE ${host}`))];
  const sandbox = process.getuid() === 0 ? ['--no-sandbox'] : [];
  const quiet = ['--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking', '--disable-sync'];
  return [...sandbox, ...quiet, `--host-resolver-rules=${rules.join(', ')}`];
}

async function fillIn(page, password) {
  await page.waitForSelector('input[name=password]');
  await page.$eval('input[name=username]', (field) => {
    field.value = '';
  });
  await page.type('input[name=username]', user);
  await page.type('input[name=password]', password);
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
}

function check(what, holds) {
  console.log(`${holds ? 'ok    ' : 'not ok'}  ${what}`);
  if (!holds) process.exitCode = 1;
}

async function signIn(page) {
  const password = readFileSync(CCCI_SSO_PASSWORD_FILE, 'utf8').replace(/\r?\n$/, '');
  await page.goto(portal);
  await Promise.all([page.waitForNavigation(), page.click('a[href="/sign-in"]')]);
  check('the portal leads to the provider', page.url().startsWith(`${provider}/`));
  await fillIn(page, `${password}x`);
  check('a wrong password leads nowhere', page.url().startsWith(`${provider}/`));
  await fillIn(page, password);
  check('the right one leads back', page.url() === `${portal}/`);
  const who = await page.$eval('#who', (line) => line.textContent).catch(() => 'nobody');
  check(`the portal shows who it is: ${who}`, who.includes(user));
  if (process.exitCode) return;
  await page.screenshot({ path: join(process.env.CCCI_ARTIFACTS, 'signed-in.png') });
  await Promise.all([page.waitForNavigation(), page.click('form[action="/sign-out"] button')]);
  check('who signs out is not shown any more', (await page.$('#who')) === null);
}

const executablePath = browserOnPath();
if (executablePath === undefined) {
  console.log(`no browser on the PATH (${BROWSERS.join(', ')})`);
  process.exit(SKIPPED);
}
// Chromium makes a socket below TMPDIR, whose path is too long for one in a run: this name of it is short.
process.chdir(tmpdir());
const env = { ...process.env, TMPDIR: `/proc/${process.pid}/cwd` };
const browser = await puppeteer.launch({ executablePath, args: flags(), env, timeout: PATIENCE_MS });
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  await signIn(page);
} finally {
  await browser.close();
}
