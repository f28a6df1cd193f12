import type { Kind } from '../../api/kinds.ts';
import { readAll } from '../../store/reader.ts';
import type { CommandPage } from '../command-pages.ts';
import { complete } from '../complete.ts';
import { type CommandContext, stateDirectoryIfAny } from '../context.ts';
import { EXIT, type ExitCode, print, usageError } from '../environment.ts';
import { ASK } from '../program-flags.ts';

const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `# Completion of ccctl for bash (4 or newer): source <(ccctl completion bash)
_ccctl() {
  mapfile -t COMPREPLY < <(ccctl ${ASK} -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  [[ \${#COMPREPLY[@]} == 1 && \${COMPREPLY[0]} == *[/.=] ]] && compopt -o nospace
  return 0
}
complete -o default -F _ccctl ccctl`,
  zsh: `#compdef ccctl
# Completion of ccctl for zsh: source <(ccctl completion zsh)
_ccctl() {
  local -a found
  found=("\${(@f)$(ccctl ${ASK} -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  found=(\${found:#})
  if (( \${#found} )); then
    compadd -S '' -- \${(M)found:#*[/.=]}
    compadd -- \${found:#*[/.=]}
  else
    _files
  fi
}
compdef _ccctl ccctl`,
  fish: `# Completion of ccctl for fish: ccctl completion fish | source
function __ccctl_complete
  set -l words (commandline -opc) (commandline -ct)
  ccctl ${ASK} -- $words[2..-1] 2>/dev/null
end
complete -c ccctl -f -a '(__ccctl_complete)'
complete -c ccctl -n '__fish_seen_subcommand_from apply delete diff validate' -s f -l filename -r -F`,
};

/** `ccctl completion bash|zsh|fish`: prints the script for that shell. */
export async function completion({ environment }: CommandContext, words: readonly string[]): Promise<ExitCode> {
  const [shell = '', more] = words;
  const script = Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined;
  if (script === undefined || more !== undefined)
    throw usageError('name one shell: bash, zsh or fish', 'For example: source <(ccctl completion bash)');
  print(environment, script);
  return EXIT.Ok;
}

/** Answers a script: a candidate per line. Says nothing of what it cannot find out, for it is asked at each key press. */
export async function answer(
  context: CommandContext,
  words: readonly string[],
  pages: readonly CommandPage[],
): Promise<ExitCode> {
  const { environment, flags } = context;
  const typed = { environment, flags: { ...flags, ...directoriesIn(words) } };
  const names = async (kind: Kind): Promise<string[]> => {
    const stateDirectory = await stateDirectoryIfAny(typed);
    if (stateDirectory === undefined) return [];
    const { objects } = await readAll({ stateDirectory, index: 'Trusted' });
    return objects.filter(({ object }) => object.kind === kind).map(({ object }) => object.name);
  };
  for (const one of await complete(words, { pages, names })) print(environment, one);
  return EXIT.Ok;
}

/** The directories that the line being typed names itself. */
function directoriesIn(words: readonly string[]): Record<string, string> {
  const FLAGS = { '--state-directory': 'stateDirectory', '--config': 'config' } as const;
  const found: Record<string, string> = {};
  words.forEach((word, index) => {
    for (const [flag, field] of Object.entries(FLAGS)) {
      if (word.startsWith(`${flag}=`)) found[field] = word.slice(flag.length + 1);
      else if (word === flag && index + 2 < words.length) found[field] = words[index + 1] ?? '';
    }
  });
  return found;
}
