#!/usr/bin/env node
// Install hook: tells the portal of the realm that this run was given.
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const { CCCI_SSO_ISSUER, CCCI_SSO_CLIENT_ID, CCCI_SSO_CLIENT_SECRET_FILE } = process.env;
const { CCCI_ENV_FILE, CCCI_SECRETS_DIR } = process.env;
if (!CCCI_SSO_ISSUER) {
  console.log('no sign-on was given: nobody will be able to sign in');
  process.exit(0);
}
writeFileSync(CCCI_ENV_FILE, `OIDC_ISSUER=${CCCI_SSO_ISSUER}\nOIDC_CLIENT_ID=${CCCI_SSO_CLIENT_ID}\n`);
copyFileSync(CCCI_SSO_CLIENT_SECRET_FILE, join(CCCI_SECRETS_DIR, 'oidc_secret'));
console.log(`people sign in at ${CCCI_SSO_ISSUER}`);
