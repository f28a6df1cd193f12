import { expect } from 'chai';
import fc from 'fast-check';
import type { GateCode } from '../../../lib/gate/gate-rules.ts';
import { compareNumbers, readImageName, readTagVersion } from '../../../lib/gate/image-name.ts';
import { databaseFindings, imageFindings } from '../../../lib/gate/image-rules.ts';
import type { PlannedSide } from '../../../lib/gate/side.ts';
import { GateBench } from '../../builders/gate-bench.ts';
import { removeRecipes } from '../recipe/recipe-files.ts';

describe('the name of an image', () => {
  for (const [image, repository, product, tag] of [
    ['postgres', 'postgres', 'postgres', ''],
    ['docker.io/library/postgres:16', 'postgres', 'postgres', '16'],
    ['index.docker.io/postgres:16', 'postgres', 'postgres', '16'],
    ['localhost:5000/pg/postgres:16-alpine', 'pg/postgres', 'postgres', '16-alpine'],
    ['registry.example.org/a/b/MariaDB:10.6@sha256:00', 'a/b/mariadb', 'mariadb', '10.6'],
    ['bitnami/postgresql', 'bitnami/postgresql', 'postgresql', ''],
    ['localhost/x', 'x', 'x', ''],
    ['', '', '', ''],
  ] as const) {
    it(`${image || '(none)'} is ${repository || '(none)'} at ${tag || 'no tag'}`, () => {
      expect(readImageName(image)).to.include({ repository, product, tag });
    });
  }

  it('never fails, and orders numbers', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), fc.array(fc.nat(9)), fc.array(fc.nat(9)), (text, a, b) => {
        readTagVersion(readImageName(text).tag);
        expect(Math.sign(compareNumbers(a, b))).to.equal(0 - Math.sign(compareNumbers(b, a)));
      }),
    );
  });
});

/** from, to, the code, if any. */
const DATABASES: readonly (readonly [from: string, to: string, code: GateCode | undefined])[] = [
  ['postgres:16.3', 'postgres:16.9', undefined],
  ['postgres:16', 'postgres:16.9', undefined],
  ['postgres:16-alpine3.19', 'postgres:16-alpine3.20', undefined],
  ['postgres:15.3', 'postgres:16.0', 'DatabaseMajor'],
  ['postgres:9.5', 'postgres:9.6', 'DatabaseMajor'],
  ['postgres:16.0', 'postgres:15.3', 'DatabaseOlder'],
  ['postgres:16.4', 'postgres:16.2', 'DatabaseOlder'],
  ['postgres:16', 'postgres:latest', 'UnsureDatabase'],
  ['postgres', 'postgres:16', 'UnsureDatabase'],
  ['mariadb', 'mariadb', 'UnsureDatabase'],
  ['mariadb:latest', 'mariadb:latest', 'UnsureDatabase'],
  ['mariadb:10', 'mariadb:10', 'UnsureDatabase'],
  [`mariadb@sha256:${'0'.repeat(64)}`, `mariadb@sha256:${'0'.repeat(64)}`, undefined],
  [`mariadb@sha256:${'0'.repeat(64)}`, `mariadb@sha256:${'1'.repeat(64)}`, 'UnsureDatabase'],
  ['mariadb:10.6', 'mariadb:10.11', 'DatabaseMajor'],
  ['mariadb:10.6.3', 'mariadb:10.6.9', undefined],
  ['mysql:5.7', 'mysql:8.0', 'DatabaseMajor'],
  ['mysql:8.0', 'mysql:8.4', 'DatabaseMajor'],
  ['redis:7.0', 'redis:7.4', undefined],
  ['redis:7', 'redis:8', 'DatabaseMajor'],
  ['mongo:4.4', 'mongo:5.0', 'DatabaseMajor'],
  ['getmeili/meilisearch:v1.6', 'getmeili/meilisearch:v1.7', 'DatabaseMajor'],
  ['clickhouse/clickhouse-server:24.3', 'clickhouse/clickhouse-server:24.8', 'DatabaseMajor'],
  ['example/notes-db:1.0', 'example/notes-db:2.0', 'DatabaseMajor'],
  ['postgres:16-alpine', 'postgres:16', 'DatabaseFlavour'],
  ['postgres:16-bookworm', 'postgres:16-trixie', 'DatabaseFlavour'],
  ['postgres:16', 'mariadb:11.4', 'DatabaseReplaced'],
  ['postgres:16', 'postgis/postgis:16-3.4', 'DatabaseReplaced'],
  ['bitnami/mariadb:11.4', 'mariadb:11.4', 'DatabaseReplaced'],
  ['redis:7', 'valkey/valkey:7', 'DatabaseReplaced'],
  ['postgres:16', '${NOT_SET}', 'DatabaseReplaced'],
  ['postgis/postgis:16-3.4', 'postgis/postgis:16-3.5', 'DatabaseMajor'],
  ['postgis/postgis:16-3.4', 'postgis/postgis:17-3.4', 'DatabaseMajor'],
  ['pgvector/pgvector:pg16', 'pgvector/pgvector:pg17', 'DatabaseMajor'],
  ['pgvector/pgvector:0.7.0-pg16', 'pgvector/pgvector:0.7.4-pg16', undefined],
  ['timescale/timescaledb:2.14.2-pg16', 'timescale/timescaledb:2.15.0-pg16', 'DatabaseMajor'],
  ['timescale/timescaledb:2.14.2-pg16', 'timescale/timescaledb:2.14.2-pg15', 'DatabaseOlder'],
];

const OTHERS: readonly (readonly [from: string, to: string, code: GateCode | undefined])[] = [
  ['ghost:5.2', 'ghost:6.0', undefined],
  ['ghost:latest', 'ghost:latest', undefined],
  ['ghost:latest', 'ghost:5', undefined],
  ['ghost:5', 'ghost:5.2', undefined],
  ['ghost:5.10', 'ghost:5.9', 'ImageOlder'],
  ['ghost:5', 'wordpress:6', 'ImageReplaced'],
  ['ghost:5', 'postgres:16', 'ImageReplaced'],
];

describe('images between two versions', () => {
  let bench: GateBench;

  beforeEach(async () => {
    bench = await GateBench.open();
  });
  afterEach(async () => {
    await bench.close();
    await removeRecipes();
  });

  const withImage = async (image: string): Promise<PlannedSide> => {
    const side = await bench.side({
      edit: (draft) => {
        draft.services.db!.image = image;
      },
    });
    return side as PlannedSide;
  };
  const codes = async (before: string, after: string): Promise<string[]> => {
    const pair = { from: await withImage(before), to: await withImage(after) };
    return [...databaseFindings(pair), ...imageFindings(pair)].map(({ code }) => code);
  };

  for (const [before, after, code] of [...DATABASES, ...OTHERS]) {
    const trap = before === after ? 'T40 ' : '';
    it(`${trap}${before} → ${after}: ${code ?? 'allowed'}`, async () => {
      expect(await codes(before, after)).to.deep.equal(code === undefined ? [] : [code]);
    });
  }

  it('a setting that a database reads once', async () => {
    const from = (await bench.side({})) as PlannedSide;
    const to = (await bench.side({
      edit: (draft) => {
        draft.services.db!.environment = { POSTGRES_USER: 'other', POSTGRES_DB: 'notes', TZ: 'UTC' };
      },
    })) as PlannedSide;
    expect(databaseFindings({ from, to }).map(({ code, detail }) => [code, detail])).to.deep.equal([
      ['DatabaseSettings', 'POSTGRES_USER changed'],
    ]);
  });
});
