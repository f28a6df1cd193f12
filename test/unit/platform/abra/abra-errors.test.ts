import { expect } from 'chai';
import type { ErrorCode } from '../../../../lib/errors.ts';
import { abraFailure, fatalText, momentOf, plainText } from '../../../../lib/platform/abra/abra-errors.ts';

/** Texts as abra, its compose loader and the engine say them. */
const SAID: readonly [string, ErrorCode][] = [
  ['notes.test is already deployed', 'Conflict'],
  ['notes.test is not deployed?', 'Conflict'],
  ['notes (/x/recipes/notes) has locally unstaged changes?', 'Conflict'],
  ['secret not generated: token', 'InvalidInput'],
  ['secret not inserted (#generate=false): token', 'InvalidInput'],
  ['lint error in notes configs: "x" failed lint checks (R014)', 'InvalidInput'],
  ['only annotated tags used for recipe version', 'InvalidInput'],
  ['invalid lightweight tag detected', 'InvalidInput'],
  ["services.app.healthcheck.start_period Does not match format 'duration'", 'InvalidInput'],
  ['unable to validate recipe: open .env.sample: no such file', 'InvalidInput'],
  ['rpc error: only updates to Labels are allowed', 'InvalidInput'],
  ['inappropriate ioctl for device', 'Misconfigured'],
  ['swarm mode not enabled on default?', 'Unreachable'],
  ['Cannot connect to the Docker daemon at unix:///x. Is it running?', 'Unreachable'],
  ['write /x: no space left on device', 'NoSpace'],
  ['cannot find app with name x', 'NotFound'],
  ['unknown flag: --no-domain-checks', 'Unsupported'],
  ['network "proxy" is declared as external, but could not be found', 'NotFound'],
  ['update out of sequence', 'Conflict'],
  ['x_token_v1 already exists', 'Conflict'],
  ['deploy failed 🛑', 'CommandFailed'],
  ['something nobody has seen before', 'CommandFailed'],
];

describe('abraFailure', () => {
  for (const [said, code] of SAID) {
    it(`T03 reads "${said}" on either stream`, () => {
      const text = plainText(`INFO before\n\u001b[1;38;5;134mFATA\u001b[0m ${said}\n`);
      expect(abraFailure({ command: 'app deploy', exitCode: 1, text, fatal: fatalText(text) }).code).to.equal(code);
      expect(abraFailure({ command: 'app deploy', exitCode: 1, text: said, fatal: undefined }).code).to.equal(code);
    });
  }

  it('holds no more than a few lines of what was said', () => {
    const fatal = 'x'.repeat(10_000);
    expect(abraFailure({ command: 'x', exitCode: 1, text: fatal, fatal }).message.length).to.be.lessThan(1_000);
    expect(abraFailure({ command: 'x', exitCode: 1, text: '', fatal: undefined }).code).to.equal('CommandFailed');
  });
});

describe('whether a failed deploy may have applied the spec', () => {
  const failure = (fatal?: string) => ({ text: fatal ?? 'INFO x', fatal });

  it('never after a refusal, perhaps after anything unknown, surely after giving up waiting', () => {
    expect(momentOf(failure('secret not generated: x'))).to.equal('BeforeApply');
    expect(momentOf(failure('swarm mode not enabled on x'))).to.equal('BeforeApply');
    expect(momentOf(failure('odd'))).to.equal(undefined);
    expect(momentOf(failure())).to.equal(undefined);
    for (const text of ['deploy failed 🛑', 'deploy timed out 🟠'])
      expect(momentOf(failure(text))).to.equal('AfterApply');
  });
});
