import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import fc from 'fast-check';
import { dumpFault } from '../../../lib/app/dump-check.ts';

const ROWS = 'INSERT INTO entries VALUES (1);\n'.repeat(2_000);
const POSTGRES = `--\n-- PostgreSQL database dump\n--\n\n\\restrict abc\n${ROWS}--\n-- PostgreSQL database dump complete\n--\n\n\\unrestrict abc\n`;
const CLUSTER = `--\n-- PostgreSQL database cluster dump\n--\n${POSTGRES}--\n-- PostgreSQL database cluster dump complete\n--\n\n`;
const MYSQL = `-- MySQL dump 10.13  Distrib 8.0.36\n--\n${ROWS}-- Dump completed on 2026-01-01  0:00:00\n`;
const MARIADB = `/*M!999999\\- enable the sandbox mode */ \n-- MariaDB dump 10.19  Distrib 10.11\n${ROWS}-- Dump completed\n`;
/** `--skip-comments`: says neither what it is nor where it ends. */
const SILENT = `/*!40101 SET NAMES utf8 */;\n${ROWS}`;

describe('T38 a dump that a backup hook made', () => {
  let directory: string;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'ccci-dump-'));
  });
  after(() => rm(directory, { recursive: true, force: true }));

  async function faultOf(content: string | Buffer, signal = new AbortController().signal): Promise<string | undefined> {
    const file = join(directory, 'dump');
    await writeFile(file, content);
    return dumpFault(file, signal);
  }

  for (const [name, text] of Object.entries({ POSTGRES, CLUSTER, MYSQL, MARIADB })) {
    it(`${name}: is whole to its last words, packed or not, and cut anywhere before it is not`, async () => {
      expect(await faultOf(text)).to.equal(undefined);
      expect(await faultOf(gzipSync(text))).to.equal(undefined);
      const begun = text.indexOf(' dump') + 40;
      const last = text.lastIndexOf('complete');
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: begun, max: last }), async (length) => {
          const cut = text.slice(0, length);
          expect(await faultOf(cut)).to.be.a('string');
          expect(await faultOf(gzipSync(cut))).to.be.a('string');
        }),
        { numRuns: 30 },
      );
    });
  }

  it('a cluster that ends behind one of its databases is not whole', async () => {
    expect(await faultOf(CLUSTER.slice(0, CLUSTER.indexOf('-- PostgreSQL database cluster dump complete')))).to.be.a(
      'string',
    );
  });

  it('a gzip stream that breaks off is found, whatever is in it', async () => {
    const packed = gzipSync(SILENT);
    expect(await faultOf(packed)).to.equal(undefined);
    for (const length of [3, 12, packed.length >> 1, packed.length - 1]) {
      expect(await faultOf(packed.subarray(0, length)), `${length} bytes`).to.be.a('string');
    }
  });

  it('nothing at all is no dump', async () => {
    expect(await faultOf('')).to.be.a('string');
  });

  it('what does not say where it ends is not judged', async () => {
    for (const other of [SILENT, 'PGDMP\u0001binary', '{"notes":[]}', 'x']) {
      expect(await faultOf(other)).to.equal(undefined);
    }
  });

  it('directories and links are not judged', async () => {
    await mkdir(join(directory, 'uploads'));
    await symlink('nowhere', join(directory, 'link'));
    for (const name of ['uploads', 'link']) {
      expect(await dumpFault(join(directory, name), new AbortController().signal)).to.equal(undefined);
    }
  });

  it('an abort ends the check of a packed one', async () => {
    const error = await faultOf(gzipSync(POSTGRES), AbortSignal.abort()).catch((caught: unknown) => caught);
    expect(error).to.include({ code: 'Aborted' });
  });
});
