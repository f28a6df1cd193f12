import { expect } from 'chai';
import { type DiskRoom, judgeRoom } from '../../../lib/cli/doctor/disk-room.ts';

const GIB = 2 ** 30;
const room = (parts: Partial<DiskRoom>): DiskRoom => ({ bavail: GIB, bsize: 1, files: 100, ffree: 10, ...parts });

describe('ccctl doctor: free space', () => {
  const rows: [string, DiskRoom, number, string, RegExp][] = [
    ['at the floor', room({}), GIB, 'Ok', /^1\.0 GiB free$/],
    ['below it', room({}), GIB + 1, 'Failed', /^1\.0 GiB free, less than disk\.floor \(1\.0 GiB\)$/],
    ['full, without a floor', room({ bavail: 0 }), 0, 'Failed', /nothing can be written/],
    ['without an inode', room({ ffree: 0 }), 0, 'Failed', /no inode is free/],
    ['without a limit of inodes', room({ files: 0, ffree: 0 }), 0, 'Ok', /free$/],
  ];
  for (const [title, of, floorBytes, verdict, message] of rows) {
    it(`T64 ${title}: ${verdict}`, () => {
      const finding = judgeRoom(of, floorBytes);
      expect(finding.verdict).to.equal(verdict);
      expect(finding.message).to.match(message);
      expect(finding.remedy === undefined).to.equal(verdict === 'Ok');
    });
  }
});
