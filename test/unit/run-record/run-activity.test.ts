import { expect } from 'chai';
import { RunActivity } from '../../../lib/run-record/run-activity.ts';

describe('the activity of runs', () => {
  it('has those looked at who wait until none is active, once each', () => {
    const woken: string[] = [];
    const activity = new RunActivity(({ kind, name }) => void woken.push(`${kind}/${name}`));
    activity.note(2);
    for (const name of ['weekly', 'weekly', 'daily']) activity.onIdle({ kind: 'Sweep', name });
    activity.note(1);
    expect([activity.active(), woken]).to.deep.equal([1, []]);
    activity.note(0);
    expect([activity.active(), woken]).to.deep.equal([0, ['Sweep/weekly', 'Sweep/daily']]);
    activity.note(1);
    activity.note(0);
    expect(woken).to.have.lengthOf(2);
  });
});
