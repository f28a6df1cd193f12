/** Everything a hook or test is told. Directories are absolute. */
export interface HookFacts {
  /** PATH of the child: the controller's, or configuration `process.path`. */
  path: string;
  /** Scratch directories of this command alone. */
  home: string;
  tmp: string;
  /** Marks the process as ours. */
  token: string;
  baseUrl: string;
  domain: string;
  recipe: string;
  /** The run's own checkout, not the one the app runs from. */
  recipeDirectory: string;
  /** Empty where the commit has no version. */
  version: string;
  commit: string;
  run: string;
  mode: 'Cold' | 'Quick';
  /** Stage name, as in the status. */
  stage: string;
  artifacts: string;
  /** Install hooks only: where they leave env lines and secrets for the deploy. */
  install?: { envFile: string; secretsDirectory: string };
  /** A realm of the attempt's own in a provider of sign-on; the secrets are in files. */
  sso?: SsoFacts | undefined;
}

export interface SsoFacts {
  url: string;
  realm: string;
  issuer: string;
  clientId: string;
  clientSecretFile: string;
  user: string;
  passwordFile: string;
}

/** The whole environment of a hook or test; nothing of the controller's own gets in. Pure. */
export function hookEnvironment(facts: HookFacts): Record<string, string> {
  return {
    PATH: facts.path,
    LANG: 'C.UTF-8',
    HOME: facts.home,
    TMPDIR: facts.tmp,
    CCCI_TOKEN: facts.token,
    CCCI_BASE_URL: facts.baseUrl,
    CCCI_DOMAIN: facts.domain,
    CCCI_RECIPE: facts.recipe,
    CCCI_RECIPE_DIR: facts.recipeDirectory,
    CCCI_VERSION: facts.version,
    CCCI_COMMIT: facts.commit,
    CCCI_RUN: facts.run,
    CCCI_MODE: facts.mode,
    CCCI_STAGE: facts.stage,
    CCCI_ARTIFACTS: facts.artifacts,
    ...(facts.install
      ? { CCCI_ENV_FILE: facts.install.envFile, CCCI_SECRETS_DIR: facts.install.secretsDirectory }
      : {}),
    ...(facts.sso ? ssoVariables(facts.sso) : {}),
  };
}

function ssoVariables(sso: SsoFacts): Record<string, string> {
  return {
    CCCI_SSO_URL: sso.url,
    CCCI_SSO_REALM: sso.realm,
    CCCI_SSO_ISSUER: sso.issuer,
    CCCI_SSO_CLIENT_ID: sso.clientId,
    CCCI_SSO_CLIENT_SECRET_FILE: sso.clientSecretFile,
    CCCI_SSO_USER: sso.user,
    CCCI_SSO_PASSWORD_FILE: sso.passwordFile,
  };
}
