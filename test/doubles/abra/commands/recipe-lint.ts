import type { Command } from '../command.ts';
import { fatal } from '../fatal.ts';
import { nothing } from '../flags.ts';
import { type LintResult, lintResults } from '../lint-rules.ts';
import { RecipeRepository } from '../recipe-repository.ts';
import { boxTable } from '../table.ts';

const HEADER = ['ref', 'rule', 'severity', 'satisfied', 'skipped', 'how to fix'];
const MARKS = { Satisfied: ['✅', '-'], Broken: ['❌', '-'], Skipped: ['-', '✅'] } as const;

export const recipeLint: Command = {
  path: ['recipe', 'lint'],
  aliases: ['l'],
  usage: '<recipe>',
  help: 'Lint a recipe',
  flags: [nothing('chaos', 'C', 'ignore uncommitted recipes changes')],
  run({ words: [name], has, output }) {
    const recipe = new RecipeRepository(name ?? fatal('no recipe name provided'));
    if (!has('chaos')) recipe.assertClean();
    // [V] Tags are fetched by force, offline or not.
    recipe.fetchTags();
    const results = lintResults(recipe);
    // [V] Without a terminal it dies, with `--no-input` too.
    if (!output.onTerminal) fatal('inappropriate ioctl for device');
    // [V] A table of 21 lines. [M] Its first line is empty.
    output.print(`\n${boxTable(HEADER, results.map(cells))}`);
    // [V] Broken rules of severity error end with a warning and exit code 0.
    if (results.some(({ level, verdict }) => level === 'error' && verdict === 'Broken')) {
      output.warn(`critical errors present in ${recipe.name} config`);
    }
  },
};

function cells({ ref, text, level, verdict, fix }: LintResult): string[] {
  return [ref, text, level, ...MARKS[verdict], fix];
}
