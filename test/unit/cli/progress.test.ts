import { expect } from 'chai';
import type { Kind } from '../../../lib/api/kinds.ts';
import { CommandError, EXIT } from '../../../lib/cli/environment.ts';
import { conditionProgress, finalOf, isCurrent, parseWaitFor } from '../../../lib/cli/progress.ts';
import { type CommonStatus, type ObjectView, statusWord } from '../../../lib/cli/view.ts';
import type { StoredObject } from '../../../lib/store/store.ts';
import { storedObject } from '../runtime/object-map.ts';

/** A view with conditions of the short form `Type=Status/Reason`. */
function view(conditions: string[], object: Partial<StoredObject> = {}, kind: Kind = 'Run'): ObjectView {
  const status: CommonStatus = {
    observedGeneration: 1,
    conditions: conditions.map((text) => {
      const [type = '', status = '', reason = 'Because'] = text.split(/[=/]/);
      const rest = { message: '', lastTransitionTime: '2030-01-01T00:00:00.000Z', observedGeneration: 1 };
      return { type, status, reason, ...rest } as NonNullable<CommonStatus['conditions']>[number];
    }),
  };
  return { object: storedObject({ kind, ...object }), status };
}

describe('conditionProgress', () => {
  for (const [conditions, type, value, progress, exitCode, why] of [
    [['Succeeded=True/Passed'], 'Succeeded', 'True', 'Met', undefined, 'a green run'],
    [['Succeeded=True/Passed'], 'Succeeded', 'true', 'Met', undefined, 'any case'],
    [['Succeeded=False/Failed'], 'Succeeded', 'True', 'Final', EXIT.Failed, 'a red run ends the waiting at once'],
    [['Succeeded=False/Failed'], 'Succeeded', 'False', 'Met', undefined, 'a red run was waited for'],
    [['Succeeded=Unknown/Running'], 'Succeeded', 'True', 'Unmet', undefined, 'it runs'],
    [
      ['Succeeded=False/Failed', 'TornDown=False/TearingDown'],
      'TornDown',
      'True',
      'Final',
      EXIT.Failed,
      'Succeeded=False is final for all',
    ],
    [['Ready=False/Seeding'], 'Ready', 'True', 'Unmet', undefined, 'Ready=False is not final'],
    [['Ready=False/Seeding', 'Stalled=True/SeedFailed'], 'Ready', 'True', 'Final', EXIT.Stalled, 'stalled'],
    [['Ready=False/X', 'Stalled=True/SeedFailed'], 'Stalled', 'True', 'Met', undefined, 'stalled was waited for'],
    [['Accepted=False/DomainConflict', 'Ready=Unknown/X'], 'Ready', 'True', 'Final', EXIT.Stalled, 'not accepted'],
    [[], 'Ready', 'True', 'Unmet', undefined, 'no condition yet'],
  ] as const) {
    it(why, () => {
      const result = conditionProgress(view([...conditions]), type, value);
      expect(result.progress).to.equal(progress);
      expect(result.progress === 'Final' ? result.exitCode : undefined).to.equal(exitCode);
    });
  }

  it('a file that is not in force is final, whatever the old status says', () => {
    const problem = { file: 'f', line: 1, column: 1, path: '', message: 'm', remedy: '', code: 'Syntax' as const };
    const rejected = { reason: 'InvalidSpec' as const, problems: [problem] };
    expect(finalOf(view(['Accepted=True'], { rejected }))).to.include({ progress: 'Final', exitCode: EXIT.Stalled });
  });
});

describe('isCurrent', () => {
  for (const [object, digest, current, why] of [
    [{}, 'f1', true, 'seen and observed'],
    [{}, 'f2', false, 'the file on disk is another one'],
    [{}, undefined, true, 'the file is gone: it says nothing'],
    [{ generation: 2 }, 'f1', false, 'seen, not yet observed'],
  ] as const) {
    it(why, () => {
      expect(isCurrent(view([], object), digest)).to.equal(current);
    });
  }

  it('no status yet', () => {
    expect(isCurrent({ object: storedObject(), status: undefined }, 'f1')).to.equal(false);
  });
});

describe('parseWaitFor', () => {
  for (const [text, parsed] of [
    ['delete', { for: 'Delete' }],
    ['condition=Ready', { for: 'Condition', type: 'Ready', value: 'True' }],
    ['condition=Succeeded=False', { for: 'Condition', type: 'Succeeded', value: 'False' }],
    ['jsonpath={.status.level}=5', { for: 'JsonPath', template: '{.status.level}', value: '5' }],
    ['jsonpath=.status.level=5', { for: 'JsonPath', template: '.status.level', value: '5' }],
    ['jsonpath={.status.level}', { for: 'JsonPath', template: '{.status.level}', value: undefined }],
    ['jsonpath={.a[?(@.b=="c=d")].e}=f', { for: 'JsonPath', template: '{.a[?(@.b=="c=d")].e}', value: 'f' }],
  ] as const) {
    it(text, () => {
      expect(parseWaitFor(text)).to.deep.equal(parsed);
    });
  }

  for (const text of ['', 'deleted', 'condition=', 'condition=A=B=C', 'jsonpath=', 'jsonpath={.a', 'Ready']) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(() => parseWaitFor(text))
        .to.throw(CommandError)
        .with.property('exitCode', EXIT.Usage);
    });
  }
});

describe('statusWord', () => {
  const deletion = (state: 'Missing' | 'Started') => ({
    deletion: { state, missingSinceRunningMs: 0, requested: false },
  });
  for (const [kind, conditions, object, word] of [
    ['Run', ['Succeeded=True/Passed'], {}, 'Passed'],
    ['Run', ['Succeeded=False/TimedOut', 'Stalled=True/X'], {}, 'TimedOut'],
    ['Run', ['Succeeded=Unknown/Running', 'Stalled=True/X'], {}, 'Stalled/X'],
    ['Run', [], {}, 'Waiting'],
    ['Canonical', ['Ready=True/Idle'], {}, 'Ready'],
    ['Canonical', ['Ready=False/Seeding'], {}, 'Seeding'],
    ['Canonical', ['Ready=False/Suspended'], {}, 'Suspended'],
    ['WarmService', ['Ready=True/Up', 'Held=True/MajorBump'], {}, 'Held'],
    ['Canonical', ['Accepted=False/DuplicateRecipe', 'Ready=Unknown/X'], {}, 'DuplicateRecipe'],
    ['Canonical', ['Ready=True/Idle'], deletion('Missing'), 'Ready'],
    ['Canonical', ['Ready=True/Idle'], deletion('Started'), 'Deleting'],
  ] as const) {
    it(`${kind} with ${conditions.join(', ') || 'nothing'} ${JSON.stringify(object)}: ${word}`, () => {
      expect(statusWord(view([...conditions], object, kind))).to.equal(word);
    });
  }
});
