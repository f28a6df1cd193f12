#!/usr/bin/env node
// Signs the run's user in by the password grant, and asks the portal who it is.
import { readFileSync } from 'node:fs';

const { CCCI_BASE_URL: portal, CCCI_SSO_ISSUER: issuer, CCCI_SSO_CLIENT_ID: client } = process.env;
const { CCCI_SSO_USER: user, CCCI_SSO_PASSWORD_FILE, CCCI_SSO_CLIENT_SECRET_FILE } = process.env;
const secretIn = (file) => readFileSync(file, 'utf8').replace(/\r?\n$/, '');

async function grant(password) {
  const { token_endpoint: place } = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
  const asked = { grant_type: 'password', scope: 'openid', client_id: client, username: user, password };
  const body = new URLSearchParams({ ...asked, client_secret: secretIn(CCCI_SSO_CLIENT_SECRET_FILE) });
  const answer = await fetch(place, { method: 'POST', body });
  return { status: answer.status, ...(await answer.json()) };
}

async function ask(token) {
  const answer = await fetch(`${portal}/api/me`, { headers: { authorization: `Bearer ${token}` } });
  return { status: answer.status, text: await answer.text() };
}

function check(what, holds) {
  console.log(`${holds ? 'ok    ' : 'not ok'}  ${what}`);
  if (!holds) process.exitCode = 1;
}

const password = secretIn(CCCI_SSO_PASSWORD_FILE);
const { status, access_token: token = '', error } = await grant(password);
check(`the provider gives a token (${error ?? status})`, status === 200);
const known = await ask(token);
check(`the portal knows whose it is (${known.status})`, known.status === 200 && JSON.parse(known.text).name === user);
const [head, claims] = token.split('.');
check('the portal refuses it with another signature', (await ask(`${head}.${claims}.AAAA`)).status === 401);
check('the provider refuses another password', (await grant(`${password}x`)).status !== 200);
