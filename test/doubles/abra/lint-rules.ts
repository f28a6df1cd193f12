import { parse } from 'yaml';
import { parseAppEnv, parseExports } from './app-env.ts';
import { type ComposeTree, loadCompose } from './compose-config.ts';
import { Fatal, fatal } from './fatal.ts';
import type { RecipeRepository } from './recipe-repository.ts';

interface Subject {
  recipe: RecipeRepository;
  tree: ComposeTree;
  sample: Record<string, string>;
}

interface Rule {
  ref: string;
  text: string;
  level: 'warn' | 'error';
  fix: string;
  passes(subject: Subject): boolean;
  skipped?(subject: Subject): boolean;
}

const services = ({ tree }: Subject) => Object.entries(tree.services);
const images = (subject: Subject): string[] => services(subject).map(([, { image = '' }]) => image);
const tagOf = (image: string): string => /:([^/:@]+)(?:@.*)?$/.exec(image)?.[1] ?? '';

/** [M] Texts and severities. [V] R011 and R014 are errors. */
export const LINT_RULES: readonly Rule[] = [
  {
    ref: 'R001',
    text: 'compose config has expected version',
    level: 'warn',
    fix: 'ensure \'version: "3.8"\' in compose configs',
    passes: ({ recipe }) => (parse(recipe.read('compose.yml') ?? '{}') as { version?: unknown }).version === '3.8',
  },
  {
    ref: 'R002',
    text: 'healthcheck enabled for all services',
    level: 'warn',
    fix: 'wire up healthchecks',
    passes: (subject) => services(subject).every(([, { healthcheck }]) => healthcheck !== undefined),
  },
  {
    ref: 'R003',
    text: 'all images use a tag',
    level: 'warn',
    fix: 'use a tag for all images',
    passes: (subject) => images(subject).every((image) => tagOf(image) !== ''),
  },
  {
    ref: 'R004',
    text: 'no unstable tags',
    level: 'warn',
    fix: 'tag all images with stable tags',
    passes: (subject) => images(subject).every((image) => tagOf(image) !== 'latest'),
  },
  {
    ref: 'R005',
    text: 'tags use semver-like format',
    level: 'warn',
    fix: 'use semver-like tags',
    passes: (subject) => images(subject).every((image) => /^v?\d+(\.\d+)*/.test(tagOf(image))),
  },
  {
    ref: 'R006',
    text: 'has published catalogue version',
    level: 'warn',
    fix: 'publish a recipe version to the catalogue',
    passes: () => false,
  },
  {
    ref: 'R007',
    text: 'README.md metadata filled in',
    level: 'warn',
    fix: 'fill out all the metadata',
    passes: ({ recipe }) => (recipe.read('README.md') ?? '').includes('<!-- metadata -->'),
  },
  {
    ref: 'R008',
    text: '.env.sample provided',
    level: 'error',
    fix: 'create an example .env.sample',
    passes: ({ recipe }) => recipe.read('.env.sample') !== undefined,
  },
  {
    ref: 'R009',
    text: 'one service named "app"',
    level: 'error',
    fix: 'name a servce "app"',
    passes: ({ tree }) => tree.services.app !== undefined,
  },
  {
    ref: 'R010',
    text: 'traefik routing enabled',
    level: 'error',
    fix: 'include "traefik.enable=true" deploy label',
    passes: (subject) =>
      services(subject).some(([, { deploy }]) => String(deploy?.labels?.['traefik.enable']) === 'true'),
    skipped: ({ sample }) => sample.DOMAIN === undefined,
  },
  {
    ref: 'R011',
    text: 'all services have images',
    level: 'error',
    fix: 'ensure "image: ..." set on all services',
    passes: (subject) => images(subject).every((image) => image !== ''),
  },
  {
    ref: 'R012',
    text: 'config version are vendored',
    level: 'error',
    fix: 'vendor config versions in an abra.sh',
    passes: ({ recipe, tree }) =>
      Object.keys(tree.configs ?? {}).length === 0 ||
      Object.keys(parseExports(recipe.read('abra.sh') ?? '')).length > 0,
  },
  {
    ref: 'R013',
    text: 'git.coopcloud.tech repo exists',
    level: 'warn',
    fix: 'upload your recipe to git.coopcloud.tech',
    passes: () => false,
  },
  {
    ref: 'R014',
    text: 'only annotated tags used for recipe version',
    level: 'error',
    fix: 'replace lightweight tag with annotated tag',
    passes: ({ recipe }) => recipe.tags().every(({ kind }) => kind === 'Annotated'),
  },
  {
    ref: 'R015',
    text: 'long secret names',
    level: 'warn',
    fix: 'reduce length of secret names to 12 chars',
    passes: ({ tree }) => Object.keys(tree.secrets ?? {}).every((name) => name.length <= 12),
  },
  {
    ref: 'R016',
    text: 'deploy labels stanza present',
    level: 'error',
    fix: "ensure 'deploy: labels: ...' stanza present",
    passes: (subject) => services(subject).some(([, { deploy }]) => Object.keys(deploy?.labels ?? {}).length > 0),
  },
];

export interface LintResult {
  ref: string;
  text: string;
  level: Rule['level'];
  fix: string;
  verdict: 'Satisfied' | 'Broken' | 'Skipped';
}

/** [V] A recipe that cannot be read is no verdict but the end: `unable to validate recipe`. */
export function lintResults(recipe: RecipeRepository): LintResult[] {
  const subject = lintSubject(recipe);
  return LINT_RULES.map(({ ref, text, level, fix, passes, skipped }) => ({
    ref,
    text,
    level,
    fix,
    verdict: skipped?.(subject) ? 'Skipped' : passes(subject) ? 'Satisfied' : 'Broken',
  }));
}

function lintSubject(recipe: RecipeRepository): Subject {
  try {
    const text = recipe.read('.env.sample') ?? fatal(`open ${recipe.directory}/.env.sample: no such file or directory`);
    const sample = parseAppEnv(text).values;
    return { recipe, sample, tree: loadCompose(recipe, recipe.composeFiles(), { ...sample, STACK_NAME: 'lint' }) };
  } catch (error) {
    if (error instanceof Fatal) fatal(`unable to validate recipe: ${error.message}`);
    throw error;
  }
}
