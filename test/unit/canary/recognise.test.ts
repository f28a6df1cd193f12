import { expect } from 'chai';
import { calledDatabase, recogniseImage, recogniseProcesses } from '../../../lib/canary/recognise.ts';

describe('a store by the name of its image', () => {
  for (const [image, wanted] of [
    ['postgres', { kind: 'postgres' }],
    ['postgres:15.4-alpine', { kind: 'postgres' }],
    ['docker.io/library/postgres:16@sha256:abc', { kind: 'postgres' }],
    ['registry.example.org:5000/bitnami/postgresql:16', { kind: 'postgres' }],
    ['postgis/postgis:15-3.4', { kind: 'postgres' }],
    ['pgvector/pgvector:pg16', { kind: 'postgres' }],
    ['timescale/timescaledb-ha:pg16', { kind: 'postgres' }],
    ['mariadb:10.11', { kind: 'mariadb' }],
    ['mysql:8', { kind: 'mariadb' }],
    ['percona/percona-server:8.0', { kind: 'mariadb' }],
    ['redis:7-alpine', { kind: 'redis' }],
    ['valkey/valkey:8', { kind: 'redis' }],
    ['eqalpha/keydb:x86_64', { kind: 'redis' }],
    ['mongo:6', { unserved: 'mongo' }],
    ['percona/percona-server-mongodb:6.0', { unserved: 'percona-server-mongodb' }],
    ['docker.dragonflydb.io/dragonflydb/dragonfly:v1', { unserved: 'dragonfly' }],
    ['getmeili/meilisearch:v1', { unserved: 'meilisearch' }],
    ['qdrant/qdrant:v1', { unserved: 'qdrant' }],
    ['prom/prometheus:v2', 'Unknown'],
    ['docker.elastic.co/elasticsearch/elasticsearch:8', { unserved: 'elasticsearch' }],
    ['prometheuscommunity/postgres-exporter:v0.15', 'Unknown'],
    ['dpage/pgadmin4:8', 'Unknown'],
    ['oliver006/redis_exporter:v1', 'Unknown'],
    ['phpmyadmin:5', 'Unknown'],
    ['example/mysqlish:1', 'Unknown'],
    ['', 'Unknown'],
  ] as const) {
    it(`${image || 'none'}`, () => expect(recogniseImage(image)).to.deep.equal(wanted));
  }
});

describe('an image whose name says database and no more', () => {
  for (const [image, wanted] of [
    ['foundationdb/foundationdb:7', 'foundationdb'],
    ['cratedb:5', 'cratedb'],
    ['example/own-sql:1@sha256:abc', 'own-sql'],
    ['example/our-database:2', 'our-database'],
    ['dbgate/dbgate:1', undefined],
    ['example/db/app:1', undefined],
    ['', undefined],
  ] as const) {
    it(`${image || 'none'}`, () => expect(calledDatabase(image)).to.equal(wanted));
  }
});

describe('a store by the processes that run', () => {
  const processes = (...names: string[]): string => names.map((name) => `cc_ci_server=${name}\n`).join('');

  for (const [why, probed, wanted] of [
    ['a server beside others', processes('tini', 'postgres', 'cron'), { kind: 'postgres' }],
    ['the old name of MariaDB', processes('mysqld'), { kind: 'mariadb' }],
    ['one that nothing here speaks to', processes('mongod'), { unserved: 'mongod' }],
    ['one whose name the kernel cuts off', processes('clickhouse-serv'), { unserved: 'clickhouse-serv' }],
    ['a fork of Redis that was never tried', processes('dragonfly'), { unserved: 'dragonfly' }],
    ['an app', processes('node'), 'Unknown'],
    ['names of objects', processes('constructor', '__proto__'), 'Unknown'],
    ['a name without the mark', 'postgres\nredis-server\n', 'Unknown'],
    ['nothing', '', 'Unknown'],
    ['garbage', '\u0000\uFFFD'.repeat(10_000), 'Unknown'],
  ] as const) {
    it(why, () => expect(recogniseProcesses(probed)).to.deep.equal(wanted));
  }
});
