import { expect } from 'chai';
import { CommandError, EXIT } from '../../../lib/cli/environment.ts';
import { renderTemplate, selectPath } from '../../../lib/cli/json-path.ts';

const RUN = {
  metadata: { name: 'notes-1', labels: { 'cc-ci/seed': 'yes' } },
  status: {
    level: 4,
    ok: true,
    none: null,
    stages: [{ name: 'Install' }, { name: 'Upgrade', reason: 'X' }],
    conditions: [
      { type: 'Accepted', status: 'True', observedGeneration: 1 },
      { type: 'Succeeded', status: 'False', reason: 'Failed', observedGeneration: 2 },
    ],
  },
};
const LIST = { kind: 'List', items: [RUN, { metadata: { name: 'b' }, status: { level: 5 } }] };

describe('selectPath', () => {
  for (const [path, values, why] of [
    ['.metadata.name', ['notes-1'], 'a field of a field'],
    ['metadata.name', ['notes-1'], 'the first dot may be left out'],
    ['$.metadata.name', ['notes-1'], 'a root sign'],
    ['.', [RUN], 'the value itself'],
    [".metadata.labels['cc-ci/seed']", ['yes'], 'a quoted field'],
    ['.metadata.labels["cc-ci/seed"]', ['yes'], 'a quoted field, other quotes'],
    ['.status.stages[0].name', ['Install'], 'an index'],
    ['.status.stages[-1].name', ['Upgrade'], 'an index from the end'],
    ['.status.stages[7].name', [], 'an index beyond the end'],
    ['.status.stages[*].name', ['Install', 'Upgrade'], 'all elements'],
    ['.status.stages[?(@.reason)].name', ['Upgrade'], 'elements that have a field'],
    ['.status.conditions[?(@.type=="Succeeded")].reason', ['Failed'], 'elements by text'],
    [".status.conditions[?(@.type=='Succeeded')].reason", ['Failed'], 'elements by text, other quotes'],
    ['.status.conditions[?(@.observedGeneration==1)].type', ['Accepted'], 'elements by number'],
    ['.status.conditions[?(@.type!="Succeeded")].type', ['Accepted'], 'elements but those'],
    ['.status.nowhere.deep', [], 'a field that is not there'],
    ['.status.level.deep', [], 'a field of a number'],
    ['.metadata.name.length', [], 'a text has no fields'],
    ['.constructor.name', [], 'nothing that is inherited'],
    ['.metadata.*', ['notes-1', { 'cc-ci/seed': 'yes' }], 'all fields'],
  ] as const) {
    it(`${path}: ${why}`, () => {
      expect(selectPath(path, RUN)).to.deep.equal(values);
    });
  }
});

describe('renderTemplate', () => {
  for (const [template, text, why] of [
    ['{.status.level}', '4', 'a number'],
    ['.status.level', '4', 'without braces'],
    ['{.status.ok}', 'true', 'a boolean'],
    ['{.status.none}', '', 'null is nothing'],
    ['{.status.absent}', '', 'absent is nothing'],
    ['{.status.stages[*].name}', 'Install Upgrade', 'several values'],
    ['{.status.stages[0]}', '{"name":"Install"}', 'an object as JSON'],
    ['level {.status.level}!', 'level 4!', 'text around'],
    ['{.metadata.name}{"\\t"}{.status.level}{"\\n"}', 'notes-1\t4\n', 'quoted text with escapes'],
    ['{range .status.stages[*]}{.name}{" "}{end}.', 'Install Upgrade .', 'a range'],
    ['{"{braces}"}', '{braces}', 'braces in quotes'],
  ] as const) {
    it(`${template}: ${why}`, () => {
      expect(renderTemplate(template, RUN)).to.equal(text);
    });
  }

  it('ranges may be nested and lists have items', () => {
    const template = '{range .items[*]}{.metadata.name}:{range .status.stages[*]}{.name},{end}{"\\n"}{end}';
    expect(renderTemplate(template, LIST)).to.equal('notes-1:Install,Upgrade,\nb:\n');
  });

  for (const template of [
    '{.a',
    '.a}',
    '{range .items[*]}{.x}',
    '{end}',
    '{.a[}',
    '{.a[?(x)]}',
    '{.a b}',
    '{"\\x"}',
    '{..a}',
  ]) {
    it(`refuses ${template}`, () => {
      expect(() => renderTemplate(template, {}))
        .to.throw(CommandError)
        .with.property('exitCode', EXIT.Usage);
    });
  }
});
