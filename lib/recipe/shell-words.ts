type State = 'Start' | 'Word' | 'Single' | 'Double' | 'Escape' | 'DoubleEscape' | 'Comment';

/**
 * Why the docker CLI cannot take a text apart into words (google/shlex: quotes, backslashes, comments); undefined where it
 * can. Pure.
 */
export function shellWordsFault(text: string): string | undefined {
  let state: State = 'Start';
  for (const char of text) state = following(state, char);
  if (state === 'Single' || state === 'Double') return ': EOF found when expecting closing quote';
  return state === 'Escape' || state === 'DoubleEscape' ? ': EOF found after escape character' : undefined;
}

function following(state: State, char: string): State {
  if (state === 'Comment') return char === '\n' ? 'Start' : 'Comment';
  if (state === 'Escape') return 'Word';
  if (state === 'DoubleEscape') return 'Double';
  if (state === 'Single') return char === "'" ? 'Word' : 'Single';
  if (state === 'Double') {
    if (char === '\\') return 'DoubleEscape';
    return char === '"' ? 'Word' : 'Double';
  }
  return unquoted(state, char);
}

function unquoted(state: 'Start' | 'Word', char: string): State {
  if (' \t\r\n'.includes(char)) return 'Start';
  if (char === '#' && state === 'Start') return 'Comment';
  const opened: Readonly<Record<string, State>> = { "'": 'Single', '"': 'Double', '\\': 'Escape' };
  return opened[char] ?? 'Word';
}
