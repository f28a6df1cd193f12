import { backupPlan } from './backup-labels.ts';
import { versionLabel } from './compose.ts';
import type { ComposeService } from './compose-types.ts';
import { unreadBackupLabels, unreadCoopCloudLabels } from './label-values.ts';
import type { LintContext, LintRule } from './lint.ts';
import { isIngressEnabled, UNROUTED_REMEDY, unroutedBecause } from './routers.ts';
import { sameVersion } from './version.ts';

const UNSTABLE = /^(?:latest|testing|edge|nightly|dev|develop|main|master|unstable|beta|alpha)$/i;
const SEMVER_LIKE = /^v?\d+(?:[.-]|$)/;
const LONG_SECRET = 12;

/** Rules about the merged compose files. Texts and severities: abra's lint table. */
export const COMPOSE_RULES: readonly LintRule<LintContext>[] = [
  {
    ref: 'C002',
    rule: 'environment values are strings',
    severity: 'Error',
    remedy: 'Put the values in quotes.',
    check: ({ compose }) => compose.nonStringValues.map((place) => `${place} is not a string`),
  },
  {
    ref: 'C003',
    rule: 'defaults of variables are plain texts',
    severity: 'Warning',
    remedy: 'Write ${NAME:-text}, with no variable in the text: docker stack deploy does not fill it in.',
    check: ({ compose }) => compose.misleadingDefaults,
  },
  {
    ref: 'C004',
    rule: 'tag and version label say the same',
    severity: 'Error',
    remedy: 'Correct the label in compose.yml, or tag the commit that has it.',
    check: ({ compose, ownTags }) => {
      const label = versionLabel(compose, compose.stackName);
      if (label === undefined || ownTags.length === 0) return 'the commit has no version tag, or no label';
      if (ownTags.some((tag) => sameVersion(tag, label))) return [];
      return [`the tag is ${ownTags.join(', ')}, the version label is ${label}`];
    },
  },
  {
    ref: 'C005',
    rule: 'a config or secret that changed has a new name',
    severity: 'Error',
    remedy: 'What is on an engine cannot change: give it a new version.',
    check: ({ staleNames }) => (staleNames === undefined ? 'there is no base to compare with' : [...staleNames]),
  },
  {
    ref: 'C006',
    rule: 'a router names the domain',
    severity: 'Warning',
    remedy: UNROUTED_REMEDY,
    check: ({ compose, domain }) =>
      domain === undefined ? 'the domain is not known' : [unroutedBecause(compose, domain) ?? []].flat(),
  },
  {
    ref: 'C007',
    rule: 'labels of Co-op Cloud have an effect',
    severity: 'Warning',
    remedy: 'Correct the value, the stack or the place of the label, or remove it.',
    check: ({ compose }) => unreadCoopCloudLabels(compose),
  },
  {
    ref: 'C008',
    rule: 'backup labels have an effect',
    severity: 'Warning',
    remedy: 'Correct the label or remove it: what it asks for is not done.',
    check: ({ compose }) => [...unreadBackupLabels(compose), ...backupPlan(compose).warnings],
  },
  {
    ref: 'R001',
    rule: 'compose version is 3.8',
    severity: 'Warning',
    remedy: 'Write version: "3.8" at the top of compose.yml.',
    check: ({ compose }) => (String(compose.raw.version) === '3.8' ? [] : ['the version is not "3.8"']),
  },
  {
    ref: 'R002',
    rule: 'every service has a healthcheck',
    severity: 'Warning',
    remedy: 'Add a healthcheck.',
    check: perService(({ healthcheck }) => healthcheck === undefined, 'has no healthcheck'),
  },
  {
    ref: 'R003',
    rule: 'every image has a tag',
    severity: 'Warning',
    remedy: 'Pin a tag.',
    check: perService(({ image }) => image !== '' && tagOf(image) === undefined, 'uses an image without a tag'),
  },
  {
    ref: 'R004',
    rule: 'no unstable image tags',
    severity: 'Warning',
    remedy: 'Pin a released tag.',
    check: perService(({ image }) => UNSTABLE.test(tagOf(image) ?? ''), 'uses an unstable image tag'),
  },
  {
    ref: 'R005',
    rule: 'image tags look like versions',
    severity: 'Warning',
    remedy: 'Use the tag of a release.',
    check: perService(({ image }) => !SEMVER_LIKE.test(tagOf(image) ?? '0'), 'uses an image tag that is no version'),
  },
  {
    ref: 'R009',
    rule: 'one service is named app',
    severity: 'Error',
    remedy: 'Name the main service app.',
    check: ({ compose }) => (compose.services.some(({ name }) => name === 'app') ? [] : ['there is no service app']),
  },
  {
    ref: 'R010',
    rule: 'traefik is enabled',
    severity: 'Error',
    remedy: 'Add traefik.enable=true to the deploy labels of the service with the web face.',
    check: ({ compose, sample }) => {
      if (sample?.get('DOMAIN') === undefined) return '.env.sample has no DOMAIN';
      return compose.services.some(isIngressEnabled) ? [] : ['no service has the label traefik.enable=true'];
    },
  },
  {
    ref: 'R011',
    rule: 'every service has an image',
    severity: 'Error',
    remedy: 'Add image: to the service.',
    check: perService(({ image }) => image === '', 'has no image'),
  },
  {
    ref: 'R012',
    rule: 'config versions are exported by abra.sh',
    severity: 'Error',
    remedy: 'Add export <NAME>_VERSION=v1 to abra.sh.',
    check: ({ compose, exports }) =>
      compose.configs
        .flatMap(({ name, variables }) => variables.map((variable) => ({ name, variable })))
        .filter(({ variable }) => !Object.hasOwn(exports, variable))
        .map(({ name, variable }) => `config ${name}: abra.sh does not export ${variable}`),
  },
  {
    ref: 'R015',
    rule: 'secret names are short',
    severity: 'Warning',
    remedy: `Use at most ${LONG_SECRET} characters, or long domains do not fit.`,
    check: ({ compose }) =>
      compose.secrets.filter(({ name }) => name.length > LONG_SECRET).map(({ name }) => `the secret ${name} is long`),
  },
  {
    ref: 'R016',
    rule: 'a service has deploy labels',
    severity: 'Error',
    remedy: 'Add the version label and the others below deploy: labels:.',
    check: ({ compose }) =>
      compose.services.some(({ labels }) => Object.keys(labels).length > 0) ? [] : ['no service has deploy labels'],
  },
];

function perService(broken: (service: ComposeService) => boolean, message: string): LintRule<LintContext>['check'] {
  return ({ compose }) => compose.services.filter(broken).map(({ name }) => `the service ${name} ${message}`);
}

/** The tag of an image reference; a digest counts as one. */
function tagOf(image: string): string | undefined {
  const digest = image.indexOf('@');
  const name = digest < 0 ? image : image.slice(0, digest);
  const colon = name.lastIndexOf(':');
  if (colon > name.lastIndexOf('/')) return name.slice(colon + 1);
  return digest < 0 ? undefined : '0';
}
