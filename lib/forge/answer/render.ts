import { type AnswerFacts, againText, MOST_CHARACTERS, shortCommit, titleOf } from './answer.ts';
import { span, table } from './markdown.ts';
import { resultSections } from './result-sections.ts';

/** The answer to a command, in markdown, of at most {@link MOST_CHARACTERS} characters. Pure. */
export function renderAnswer(facts: AnswerFacts): string {
  const before = [heading(facts), ...outdated(facts), ...stateLines(facts)];
  const after = [...earlier(facts), foot(facts)];
  const room = MOST_CHARACTERS - [...before, ...after].join('\n\n').length - 2;
  const sections = facts.view.state === 'Over' ? resultSections(facts.view, room) : [];
  return [...before, ...sections, ...after].join('\n\n');
}

function heading({ view, ...facts }: AnswerFacts): string {
  const title = titleOf(facts);
  switch (view.state) {
    case 'Waiting':
      return `### ⏳ ${title}: waits`;
    case 'Running':
      return `### ⏳ ${title}: under way`;
    case 'Lost':
      return `### ⚠️ ${title}: no result`;
    case 'Over': {
      const { word, mark } = endOf(view.status);
      const level = view.status.level === undefined ? '' : `, level ${view.status.level} of 5`;
      return `### ${mark} ${title}: ${word}${level}`;
    }
  }
}

/** How a run ended, in a word and a sign. Pure. */
function endOf({ conditions }: { conditions: readonly { type: string; status: string; reason: string }[] }) {
  const succeeded = conditions.find(({ type }) => type === 'Succeeded');
  if (succeeded?.status === 'True') return { word: 'passed', mark: '✅' };
  const words: Readonly<Record<string, string>> = { Failed: 'failed', TimedOut: 'timed out', Cancelled: 'cancelled' };
  const word = words[succeeded?.reason ?? ''];
  if (word === undefined) return { word: `no verdict (${succeeded?.reason ?? 'unknown'})`, mark: '⚠️' };
  return { word, mark: word === 'cancelled' ? '⚠️' : '❌' };
}

function outdated({ newerHead, asked }: AnswerFacts): string[] {
  if (newerHead === undefined) return [];
  const head = `\`${shortCommit(newerHead)}\``;
  return [
    `> **Of an earlier commit.** The head is ${head} by now, which was not tested: ${againText(asked)} tests it.`,
  ];
}

function stateLines({ view }: AnswerFacts): string[] {
  if (view.state === 'Waiting')
    return [view.reason === undefined ? 'It starts soon.' : `It waits: ${span(view.reason)}.`];
  if (view.state === 'Running') return ['The result will be written here.'];
  if (view.state === 'Lost') return [`${view.why}.`];
  return [];
}

function earlier({ earlier: rows }: AnswerFacts): string[] {
  if (rows.length === 0) return [];
  const lines = rows.map(({ asked, commit, summary }) => [asked, `\`${shortCommit(commit)}\``, span(summary)]);
  return [`<details><summary>Earlier</summary>\n\n${table(['Mode', 'Commit', 'Result'], lines)}\n\n</details>`];
}

function foot({ run, commit, author, pageUrl }: AnswerFacts): string {
  const page = pageUrl === undefined ? '' : ` · [page of the run](${encodeURI(pageUrl)})`;
  return `Run \`${run}\` of commit ${commit}, asked for by ${span(author)}${page}`;
}
