import { expect } from 'chai';
import { keptReads } from '../../../lib/gate/kept-reads.ts';
import { readNotes } from '../../../lib/gate/read-notes.ts';
import { parseVersion, type VersionTag } from '../../../lib/recipe/version.ts';

const signal = new AbortController().signal;

/** So many releases, the newest first, each with a note of its own. */
function releases(count: number): VersionTag[] {
  return Array.from({ length: count }, (_, at) => {
    const tag = `1.${count - at}.0+1.0.0`;
    return { tag, commit: tag, ...parseVersion(tag) } as VersionTag;
  });
}

/** Counts what is read of it. */
function mirrorOf(tags: readonly VersionTag[]) {
  const reads: string[] = [];
  const noteOf = (name: string) => ({ name, kind: 'File' as const, object: name, bytes: 9 });
  return {
    reads,
    checkout: async () => expect.fail('nothing is checked out'),
    listDirectory: async (commit: string) => {
      reads.push(`list ${commit}`);
      return tags.filter(({ tag }) => tag === commit).map(({ tag }) => noteOf(tag));
    },
    readFile: async (commit: string, path: string) => {
      reads.push(`read ${commit} ${path}`);
      return `note of ${path}`;
    },
  };
}

describe('a look at many versions', () => {
  it('reads each commit once, however many steps lead over it, and finds the same notes', async () => {
    const tags = releases(30);
    const [plain, counted] = [mirrorOf(tags), mirrorOf(tags)];
    const kept = keptReads(counted);
    for (const to of tags) {
      const way = { from: { version: '1.0.0+1.0.0', commit: 'old' }, to, tags };
      expect(await readNotes(kept, way, signal)).to.deep.equal(await readNotes(plain, way, signal));
    }
    expect(counted.reads).to.deep.equal([...new Set(plain.reads)]);
    expect(counted.reads.length).to.be.at.most(2 * tags.length + 1);
  });

  it('does not keep a fault', async () => {
    const mirror = mirrorOf(releases(1));
    let faults = 1;
    const list = mirror.listDirectory;
    mirror.listDirectory = async (commit) => {
      faults -= 1;
      if (faults >= 0) throw new Error('the disk is away');
      return list(commit);
    };
    const kept = keptReads(mirror);
    const thrown = await kept.listDirectory('1.1.0+1.0.0', 'release', signal).catch((error: unknown) => error);
    expect(thrown).to.be.instanceOf(Error);
    expect(await kept.listDirectory('1.1.0+1.0.0', 'release', signal)).to.have.length(1);
  });
});
