import type { LintRule, RecipeContext } from './lint.ts';

const README_KEYS = ['Category', 'Status', 'Image', 'Healthcheck', 'Backups', 'Email', 'Tests', 'SSO'];

/** Rules about the repository as a whole. Texts and severities: abra's lint table. */
export const RECIPE_RULES: readonly LintRule<RecipeContext>[] = [
  {
    ref: 'R006',
    rule: 'published in the catalogue',
    severity: 'Warning',
    remedy: '',
    check: () => 'needs the network',
  },
  {
    ref: 'R007',
    rule: 'README.md holds the metadata block',
    severity: 'Warning',
    remedy: 'Add the lines between <!-- metadata --> and <!-- endmetadata --> to README.md.',
    check: ({ readme }) => missingMetadata(readme),
  },
  {
    ref: 'R008',
    rule: '.env.sample is there',
    severity: 'Error',
    remedy: 'Add .env.sample to the root of the recipe; it may be empty.',
    check: ({ sample }) => (sample ? [] : ['there is no .env.sample']),
  },
  { ref: 'R013', rule: 'git host has the recipe', severity: 'Warning', remedy: '', check: () => 'needs the network' },
  {
    ref: 'R014',
    rule: 'only annotated tags are used for recipe versions',
    severity: 'Error',
    remedy: 'Delete the tag and make it again with git tag -a.',
    check: ({ tags }) =>
      tags.ignored.filter(({ reason }) => reason === 'Lightweight').map(({ tag }) => `the tag ${tag} is lightweight`),
  },
];

function missingMetadata(readme: string): string[] {
  const block = /<!-- metadata -->([\s\S]*?)<!-- endmetadata -->/.exec(readme)?.[1];
  if (block === undefined) return ['README.md has no metadata block'];
  const missing = README_KEYS.filter((key) => !block.includes(`**${key}**`));
  return missing.length === 0 ? [] : [`README.md does not say ${missing.join(', ')}`];
}
