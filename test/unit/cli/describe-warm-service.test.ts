import { expect } from 'chai';
import type { WarmServiceStatus } from '../../../lib/api/generated/types.ts';
import { warmServiceSections } from '../../../lib/cli/print/describe-warm-service.ts';
import type { Section } from '../../../lib/cli/print/table.ts';
import { steers } from '../../../lib/terminal-text.ts';
import { stepReport } from '../../builders/step-report.ts';

const NOW = Date.parse('2030-01-01T12:00:00Z');
const TIME = '2030-01-01T11:00:00.000Z';
const LATER = '2030-01-03T12:00:00.000Z';
const COMMIT = 'c'.repeat(40);

const status = (more: Partial<WarmServiceStatus> = {}): WarmServiceStatus => ({
  observedGeneration: 1,
  conditions: [],
  ...more,
});
const sections = (more: Partial<WarmServiceStatus>, held?: ReturnType<typeof stepReport>): Section[] =>
  warmServiceSections(status(more), { name: 'shop', nowMs: NOW, held });
const linesOf = (all: readonly Section[], title: string): readonly string[] =>
  all.find((section) => section.title === title)?.lines ?? [];

describe('ccctl describe ws', () => {
  it('shows the versions, the held one with the commands that see and approve it', () => {
    const version = { current: '1.0.0+1', lastGood: '1.0.0+1', latest: '2.0.0+2', held: '2.0.0+2' };
    const snapshot = { id: 'w1', time: TIME, bytes: 2048, digest: 'sha256:0', version: '0.9.0+1' };
    const approved = { version: '2.0.0+2', commit: COMMIT };
    expect(linesOf(sections({ version, snapshot, approved }), 'Versions')).to.deep.equal([
      'Current:    1.0.0+1',
      'Last good:  1.0.0+1',
      'Latest:     2.0.0+2',
      "Held:       2.0.0+2: see 'ccctl diff ws/shop', then 'ccctl approve ws/shop 2.0.0+2'",
      'Approved:   2.0.0+2 (cccccccccc)',
      'Snapshot:   w1, 2.0 KiB, of 0.9.0+1, 1h ago',
    ]);
  });

  it('says every reason against the held version, and what can be done', () => {
    const lines = linesOf(sections({ version: { held: '2.0.0+2' } }, stepReport('2.0.0+2')), 'Held because');
    expect(lines).to.have.length(2);
    expect(lines[0]).to.match(/^BumpTooBig 2\.0\.0\+2: /);
    expect(lines[1]).to.match(/^ {2}→ Approve the version/);
  });

  it('says why an edit of the spec is held beside a version, and how it is let through', () => {
    const looks = { name: 'shop', nowMs: NOW, held: stepReport('2.0.0+2'), edit: stepReport('1.0.0+1') };
    const all = warmServiceSections(status({ version: { held: '2.0.0+2' } }), looks);
    expect(linesOf(all, 'Edit held because').at(-1)).to.include('ccctl approve ws/shop 1.0.0+1');
    const same = warmServiceSections(status({ version: { held: '2.0.0+2' } }), { ...looks, edit: looks.held });
    expect(linesOf(same, 'Edit held because')).to.deep.equal([]);
  });

  it('says so where nothing but the policy holds it', () => {
    const report = stepReport('1.0.1+1', { verdict: { result: 'Allowed', findings: [] } });
    const [line] = linesOf(sections({ version: { held: '1.0.1+1' } }, report), 'Held because');
    expect(line).to.include('Manual');
  });

  it('falls back to the condition where the report is not there; is silent where nothing is held', () => {
    const held = { type: 'Held', status: 'True', reason: 'NeedsApproval', message: '2.0.0+2: BumpTooBig' } as const;
    const conditions = [{ ...held, lastTransitionTime: TIME, observedGeneration: 1 }];
    expect(linesOf(sections({ conditions, version: { held: '2.0.0+2' } }), 'Held because')).to.deep.equal([
      '2.0.0+2: BumpTooBig',
    ]);
    expect(linesOf(sections({ conditions }, stepReport('2.0.0+2')), 'Held because')).to.deep.equal([]);
  });

  it('shows an operation with its step, quarantine, and history', () => {
    const all = sections({
      operation: { id: 'w2', type: 'RollBack', step: 'Restore', to: { commit: COMMIT }, startTime: TIME },
      quarantine: [{ version: '1.1.0+1', commit: COMMIT, reason: 'CrashLoop', until: LATER }],
      history: [
        { version: '1.1.0+1', commit: COMMIT, result: 'RolledBack', time: TIME, durationSeconds: 90, message: 'why' },
        { version: '1.0.0+1', commit: COMMIT, result: 'Committed', time: TIME },
      ],
    });
    expect(linesOf(all, 'Operation')).to.deep.equal([
      'Type:     RollBack',
      'Step:     Restore',
      'To:       no version (cccccccccc)',
      `Started:  ${TIME} (1h ago)`,
      'Id:       w2',
    ]);
    expect(linesOf(all, 'Quarantine')).to.deep.equal([`1.1.0+1 (cccccccccc) until ${LATER} (in 2d): CrashLoop`]);
    expect(linesOf(all, 'History')).to.deep.equal([
      `${TIME} RolledBack 1.1.0+1 after 1m30s: why`,
      `${TIME} Committed 1.0.0+1`,
    ]);
  });

  it('says what a failed set alone holds, how long it is kept, and how to go back to it', () => {
    const set = { id: 'w2-failed', version: '1.1.0+1', time: TIME, lossWindow: { from: TIME, to: LATER } };
    expect(linesOf(sections({ failedSets: [{ ...set, expires: LATER }] }), 'Failed sets')).to.deep.equal([
      `w2-failed of 1.1.0+1, kept until ${LATER} (in 2d)`,
      `  it alone has what was written ${TIME} to ${LATER}`,
      '  → ccctl rollback ws/shop --to w2-failed',
    ]);
  });

  it('T90 a hostile text stays on its line and steers nothing', () => {
    const evil = 'x\n\u001b[2J\u202ey';
    const all = sections(
      {
        version: { current: evil, held: evil },
        approved: { version: evil, commit: evil },
        operation: { id: evil, type: 'Upgrade', step: evil, to: { version: evil, commit: evil }, startTime: evil },
        quarantine: [{ version: evil, commit: evil, reason: evil, until: evil }],
        failedSets: [{ id: evil, version: evil, time: evil, lossWindow: { from: evil, to: evil }, expires: evil }],
        leases: [{ run: evil, realm: evil }],
        history: [{ version: evil, commit: evil, result: 'Committed', time: evil, message: evil }],
      },
      stepReport(evil),
    );
    for (const line of all.flatMap(({ lines }) => lines)) {
      expect(line).not.to.include('\n');
      expect(steers(line), line).to.equal(false);
    }
  });

  it('is nothing before the first status', () => {
    expect(warmServiceSections(undefined, { name: 'shop', nowMs: NOW })).to.deep.equal([]);
  });
});
