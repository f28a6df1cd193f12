import { expect } from 'chai';
import { memoryProbes } from '../../../lib/cli/doctor/memory-probes.ts';
import type { MemoryRoom } from '../../../lib/exec/host-memory.ts';
import { findingOf } from '../../../lib/platform/probe.ts';

const GIB = 2 ** 30;

describe('ccctl doctor: free memory', () => {
  const rows: [string, MemoryRoom | undefined, string, RegExp][] = [
    ['enough', { availableBytes: 2 * GIB, totalBytes: 4 * GIB }, 'Ok', /^2\.0 GiB of 4\.0 GiB available$/],
    ['at the floor', { availableBytes: GIB, totalBytes: 4 * GIB }, 'Ok', /available$/],
    ['below it', { availableBytes: GIB - 1, totalBytes: 4 * GIB }, 'Failed', /less than memory\.floor \(1\.0 GiB\)/],
    ['not told', undefined, 'Unknown', /meminfo/],
  ];
  for (const [title, room, verdict, message] of rows) {
    it(`${title}: ${verdict}`, async () => {
      const [probe] = memoryProbes({ memory: { read: async () => room }, floorBytes: GIB });
      const finding = await findingOf(probe!, new AbortController().signal);
      expect(finding.verdict).to.equal(verdict);
      expect(finding.message).to.match(message);
      expect(finding.remedy === undefined).to.equal(verdict === 'Ok');
    });
  }
});
