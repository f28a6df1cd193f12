import { expect } from 'chai';
import fc from 'fast-check';
import { lexer, type Token, walkTokens } from 'marked';
import type { RunStatus, StageResult } from '../../../../lib/api/index.ts';
import { type AnswerFacts, MOST_CHARACTERS, type RunView } from '../../../../lib/forge/answer/answer.ts';
import { renderAnswer } from '../../../../lib/forge/answer/render.ts';

const COMMIT = '725c4c941923f706f65849d704c777a5741989be';
const TIME = '2026-11-28T19:55:15.000Z';

function status(more: Partial<RunStatus> = {}, stages: readonly StageResult[] = []): RunStatus {
  const succeeded = { type: 'Succeeded', status: 'False', reason: 'Failed', message: 'Upgrade: task exited' } as const;
  const at = { lastTransitionTime: TIME, observedGeneration: 1 };
  return {
    observedGeneration: 1,
    conditions: [{ ...succeeded, ...at }],
    mode: 'Cold',
    verdict: 'Failed',
    level: 1,
    blame: 'Recipe',
    version: { base: '1.0.0+1.0.0', head: '1.1.0+1.1.0' },
    commit: COMMIT,
    stages: [...stages],
    ...more,
  };
}

function facts(view: RunView, more: Partial<AnswerFacts> = {}): AnswerFacts {
  return { asked: 'Cold', run: 'notes-pr1-c3-0a1b2c', commit: COMMIT, author: 'member', view, earlier: [], ...more };
}

const over = (ended: RunStatus): RunView => ({ state: 'Over', status: ended, reference: undefined });

/** Kinds of everything that a forge would show as more than text. */
function marks(markdown: string): Token[] {
  const found: Token[] = [];
  walkTokens(lexer(markdown), (token) => {
    if (['link', 'image', 'html', 'def'].includes(token.type)) found.push(token);
  });
  return found;
}

/** The tags of ours: log lines and earlier commands are folded. */
const OWN_TAGS = /^(<details><summary>(Last log lines of [A-Za-z]+|Earlier)<\/summary>|<\/details>)\s*$/;

const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '](https://evil.example) [x](javascript:alert(1))',
    '![x](https://evil.example/p.png)',
    '<img src=x onerror=alert(1)>',
    '</summary></details><script>alert(1)</script>',
    '| a | b |\n| --- | --- |',
    '```\n# out\n```',
    '``` `` ` @admin #12 https://evil.example',
    '`',
    ' `` ',
    '-->\n<!-- cc-ci:answer zone=x text=y -->',
    '\u202egnp.exe',
    'a\\',
    'a\\|b',
  ),
  fc
    .array(fc.constantFrom('`', '|', '\\', '<', '>', '[', ']', '(', ')', '!', '\n', '*', '_', '~', '@', '#', 'a', ' '))
    .map((parts) => parts.join('')),
);

describe('the answer to a command', () => {
  it('names mode, verdict, level and what caps it, stages, failed tests, log, commit and page', () => {
    const stages: StageResult[] = [
      { name: 'Install', result: 'Passed', startTime: TIME, endTime: '2026-11-28T19:55:17.500Z' },
      {
        name: 'Upgrade',
        result: 'Failed',
        reason: 'CrashLoop',
        message: 'task exited',
        service: 'app',
        logTail: ['boom'],
        tests: [{ name: 'home', result: 'Failed', message: 'expected 200' }],
      } as StageResult,
    ];
    const text = renderAnswer(facts(over(status({}, stages)), { pageUrl: 'https://ci.example.org/runs/x.html' }));
    expect(text).to.match(/^### ❌ Cold run of `725c4c9419`: failed, level 1 of 5/);
    expect(text).to.include('**Level:** 1 of 5, for Upgrade is Failed (`CrashLoop`)');
    expect(text).to.include('| Install | ✅ Passed | 2.5 s |  |');
    expect(text).to.include('| Upgrade | `home` | `expected 200` |');
    expect(text).to.include('```text\nboom\n```');
    expect(text).to.include(COMMIT);
    expect(text).to.include('(https://ci.example.org/runs/x.html)');
    expect(text).to.include('**Compared:** with nothing');
  });

  it('says what got better and worse, and against what', () => {
    const before = status({ level: 3 }, [
      { name: 'Upgrade', result: 'Passed' },
      { name: 'Lint', result: 'Failed' },
    ]);
    const now = status({}, [
      { name: 'Upgrade', result: 'Failed' },
      { name: 'Lint', result: 'Passed' },
    ]);
    const reference = { of: 'KnownGood', run: 'notes-seed-1', label: '1.0.0+1.0.0', status: before } as const;
    const text = renderAnswer(facts({ state: 'Over', status: now, reference }));
    expect(text).to.include('the known-good `1.0.0+1.0.0` (run `notes-seed-1`)');
    expect(text).to.include('🔴 worse: level 3 → 1');
    expect(text).to.include('🔴 worse: Upgrade: Passed → Failed');
    expect(text).to.include('🟢 better: Lint: Failed → Passed');
  });

  it('of a quick run says that it gates nothing, and of one that fell back why', () => {
    const quick = renderAnswer(facts(over(status({ mode: 'Quick' })), { asked: 'Quick' }));
    expect(quick).to.include('never gates a merge');
    const cold = renderAnswer(facts(over(status({ fallback: 'NoKnownGood' })), { asked: 'Quick' }));
    expect(cold).to.include('although quick was asked for (NoKnownGood)');
  });

  it('says at its head that it is of an earlier commit', () => {
    const text = renderAnswer(facts({ state: 'Running' }, { newerHead: 'f'.repeat(40) }));
    expect(text.split('\n\n')[1]).to.include('Of an earlier commit').and.to.include('`ffffffffff`');
  });

  it('keeps everything that others wrote as text', () => {
    fc.assert(
      fc.property(hostile, hostile, (one, other) => {
        const stage = {
          name: 'Upgrade',
          result: 'Failed',
          reason: 'CrashLoop',
          message: one,
          service: other,
          logTail: [other, one],
          tests: [{ name: one, result: 'Failed', message: other }],
        } as StageResult;
        const ended = status({ version: { base: other, head: one } }, [stage]);
        const condition = { ...ended.conditions[0], message: one } as RunStatus['conditions'][number];
        const before = status({}, [{ ...stage, tests: [{ name: one, result: 'Passed' }] } as StageResult]);
        const reference = { of: 'BaseBranch', run: 'r', label: other, status: before } as const;
        const view: RunView = { state: 'Over', status: { ...ended, conditions: [condition] }, reference };
        const earlier = [{ asked: 'Cold', commit: COMMIT, summary: one }] as const;
        const text = renderAnswer(facts(view, { author: other, earlier }));
        const [odd] = marks(text).filter(({ raw }) => !OWN_TAGS.test(raw.trim()));
        expect(odd?.raw).to.equal(undefined);
        const rows = lexer(text).flatMap((token) => (token.type === 'table' ? token.rows : []));
        expect(rows.every((row: readonly unknown[]) => row.length <= 4)).to.equal(true);
        expect(lexer(text).filter(({ type }) => type === 'heading')).to.have.length(1);
      }),
      { numRuns: 500 },
    );
  });

  it('is never too long, and gives up old log lines first', () => {
    const logTail = Array.from({ length: 100 }, (_, at) => `${at} ${'x'.repeat(1500)}`);
    const stage = { name: 'Install', result: 'Failed', logTail } as StageResult;
    const text = renderAnswer(facts(over(status({}, [stage]))));
    expect(text.length).to.be.at.most(MOST_CHARACTERS);
    expect(text).to.include('\n99 xxx').and.not.to.include('\n0 xxx');
    expect(text).to.include(`of commit ${COMMIT}`);
  });
});
