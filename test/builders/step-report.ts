import { finding } from '../../lib/gate/finding.ts';
import type { StepReport } from '../../lib/gate/step-report.ts';

/** What the gate saw of a step to a major version: one finding, one change, one note. */
export function stepReport(version: string, more: Partial<StepReport> = {}): StepReport {
  return {
    from: { version: '1.0.0+1.0.0', commit: 'a'.repeat(40) },
    to: { version, commit: 'b'.repeat(40) },
    verdict: { result: 'Held', findings: [finding('BumpTooBig', version, 'is a Major step from 1.0.0+1.0.0')] },
    changes: [{ part: 'Image', name: 'app', change: 'Changed', before: 'shop:1', after: 'shop:2' }],
    newKeys: [],
    notes: [{ name: version, text: 'Attention: read this.', state: 'Whole' }],
    ...more,
  };
}
