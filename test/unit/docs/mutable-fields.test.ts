import { expect } from 'chai';
import { mutableFields } from '../../../lib/store/mutable-fields.ts';
import { definition, resolveSchema } from '../../../lib/store/spec-codec-schema.ts';
import { readDocument } from './documents.ts';

describe('what may change of a Run after its start', () => {
  const named = mutableFields('Run');

  it('is one list: the schema marks it, and each field of it says so', () => {
    const { properties = {} } = definition('RunSpec');
    const says = Object.keys(properties).filter((name) =>
      resolveSchema(properties[name] ?? {}).description?.includes('May change after the start.'),
    );
    expect(named).to.deep.equal(['suspend', 'holdOnFailure', 'ttlAfterFinished']);
    expect(says).to.deep.equal(named);
  });

  it('is what the documents name', () => {
    const list = named.map((name) => `\`${name}\``).join(', ');
    expect(readDocument('docs/reference/reasons.md').text).to.include(`A started Run may only change ${list}. |`);
  });
});
