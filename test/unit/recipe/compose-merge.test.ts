import { expect } from 'chai';
import { CcError } from '../../../lib/errors.ts';
import type { Tree } from '../../../lib/recipe/compose-document.ts';
import { mergeTrees } from '../../../lib/recipe/compose-merge.ts';
import { composeOf, removeRecipes } from './recipe-files.ts';

interface Row {
  reason: string;
  base: Tree;
  overlay: Tree;
  merged: Tree;
}

const ROWS: Row[] = [
  {
    reason: 'a false does not take a true back',
    base: { read_only: true, init: true },
    overlay: { read_only: false, init: 'no' },
    merged: { read_only: true, init: true },
  },
  { reason: 'an empty text does not count', base: { user: 'u' }, overlay: { user: '' }, merged: { user: 'u' } },
  {
    reason: 'a zero counts for tasks and retries',
    base: { deploy: { replicas: 3 }, healthcheck: { retries: 5 } },
    overlay: { deploy: { replicas: 0 }, healthcheck: { retries: 0 } },
    merged: { deploy: { replicas: 0 }, healthcheck: { retries: 0 } },
  },
  {
    reason: 'a zero duration does not count',
    base: { healthcheck: { start_period: '1m' }, stop_grace_period: '9s' },
    overlay: { healthcheck: { start_period: '0s' }, stop_grace_period: '2m' },
    merged: { healthcheck: { start_period: '1m' }, stop_grace_period: '2m' },
  },
  {
    reason: 'the words of a health check are joined, which is hardly what the overlay meant',
    base: { healthcheck: { test: ['CMD', 'a'] } },
    overlay: { healthcheck: { test: 'b' } },
    merged: { healthcheck: { test: ['CMD', 'a', 'CMD-SHELL', 'b'] } },
  },
  {
    reason: 'an empty list of an overlay adds no list',
    base: { user: 'u' },
    overlay: { secrets: [], ports: [], volumes: [] },
    merged: { user: 'u' },
  },
  {
    reason: 'other lists are joined, without repeats',
    base: { dns: ['1.1.1.1'], tmpfs: '/a' },
    overlay: { dns: ['1.1.1.1', '2.2.2.2'], tmpfs: ['/b'] },
    merged: { dns: ['1.1.1.1', '2.2.2.2'], tmpfs: ['/a', '/b'] },
  },
  {
    reason: 'two texts where a list may stand are a list',
    base: { dns: '1.1.1.1', env_file: 'a' },
    overlay: { dns: '2.2.2.2', env_file: 'b' },
    merged: { dns: ['1.1.1.1', '2.2.2.2'], env_file: ['a', 'b'] },
  },
  {
    reason: 'an empty command leaves the old one, another replaces it',
    base: { command: ['a', 'b'], entrypoint: ['x', 'y'] },
    overlay: { command: [], entrypoint: 'z' },
    merged: { command: ['a', 'b'], entrypoint: 'z' },
  },
  {
    reason: 'an empty environment value leaves the old one',
    base: { environment: ['A=1', 'B=1', 'C=1'] },
    overlay: { environment: { A: '', B: null, C: '2' } },
    merged: { environment: { A: '1', B: '1', C: '2' } },
  },
  {
    reason: 'an empty label replaces the old one',
    base: { deploy: { labels: ['a=1', 'b=1'] }, labels: { c: '1' } },
    overlay: { deploy: { labels: { a: '' } }, labels: ['c='] },
    merged: { deploy: { labels: { a: '', b: '1' } }, labels: { c: '' } },
  },
  {
    reason: 'a mount of the same target is replaced whole',
    base: { volumes: [{ type: 'volume', source: 'v', target: '/v', read_only: true }, 'w:/w:ro'] },
    overlay: { volumes: [{ type: 'volume', source: 'v', target: '/v' }] },
    merged: { volumes: { '/v': { type: 'volume', source: 'v', target: '/v' }, '/w': 'w:/w:ro' } },
  },
  {
    reason: 'a secret of the same source is replaced whole',
    base: { secrets: [{ source: 's', target: 't', mode: 0o400 }] },
    overlay: { secrets: ['s'] },
    merged: { secrets: { s: 's' } },
  },
  {
    reason: 'ports count by what they publish',
    base: { ports: ['80:80', '443:443'] },
    overlay: { ports: [{ target: 80, published: 80, mode: 'host' }] },
    merged: {
      ports: [
        { target: 80, published: 80, mode: 'host' },
        { mode: 'ingress', target: 443, published: 443, protocol: 'tcp' },
      ],
    },
  },
  {
    reason: 'of two ports that publish one number the first is lost as soon as an overlay speaks of the service',
    base: { ports: ['53:53/udp', '53:53/tcp'] },
    overlay: { user: 'u' },
    merged: { ports: [{ mode: 'ingress', target: 53, published: 53, protocol: 'tcp' }], user: 'u' },
  },
  {
    reason: 'the aliases of a network are the later ones, its address stays',
    base: { networks: { n: { aliases: ['a'], ipv4_address: '10.1.2.3' }, m: { aliases: ['b'] } } },
    overlay: { networks: { n: { aliases: ['c'] }, m: null } },
    merged: { networks: { n: { ipv4_address: '10.1.2.3', aliases: ['c'] }, m: { aliases: ['b'] } } },
  },
  {
    reason: 'options of one logging driver come together',
    base: { logging: { driver: 'd', options: { a: '1' } } },
    overlay: { logging: { options: { b: '2' } } },
    merged: { logging: { driver: 'd', options: { a: '1', b: '2' } } },
  },
  {
    reason: 'another logging driver takes no options over',
    base: { logging: { driver: 'd', options: { a: '1' } } },
    overlay: { logging: { driver: 'e' } },
    merged: { logging: { driver: 'e' } },
  },
  {
    reason: 'our own block merges by key, its command replaced',
    base: { 'x-process': { command: ['a', 'b'], port: 1, environment: ['A=1'] } },
    overlay: { 'x-process': { command: ['c'], environment: { B: '2' } } },
    merged: { 'x-process': { command: ['c'], port: 1, environment: { A: '1', B: '2' } } },
  },
];

const SHORT_PORTS: [string | number, Tree[]][] = [
  ['8080:80', [{ mode: 'ingress', target: 80, published: 8080, protocol: 'tcp' }]],
  ['127.0.0.1:8080:80/udp', [{ mode: 'ingress', target: 80, published: 8080, protocol: 'udp' }]],
  ['[::1]:8080:80', [{ mode: 'ingress', target: 80, published: 8080, protocol: 'tcp' }]],
  [80, [{ mode: 'ingress', target: 80, protocol: 'tcp' }]],
  [
    '9000-9001:80-81',
    [
      { mode: 'ingress', target: 80, published: 9000, protocol: 'tcp' },
      { mode: 'ingress', target: 81, published: 9001, protocol: 'tcp' },
    ],
  ],
];

function merged(...services: Tree[]): unknown {
  const tree = mergeTrees(
    services.map((app) => ({ services: { app } })),
    () => undefined,
  );
  return (tree.services as Tree).app;
}

describe('merging of compose files', () => {
  for (const { reason, base, overlay, merged: wanted } of ROWS) {
    it(reason, () => expect(merged(base, overlay)).to.deep.equal(wanted));
  }

  for (const [port, long] of SHORT_PORTS) {
    it(`writes the port ${port} out`, () => expect(merged({ ports: [port] })).to.deep.equal({ ports: long }));
  }

  it('leaves what is no port to those who check it', () =>
    expect(merged({ ports: ['80-90:1', 'web'] })).to.deep.equal({ ports: ['80-90:1', 'web'] }));

  it('replaces entries of the top-level sections whole, by nothing too', () => {
    const base = { volumes: { v: { name: 'x' } }, networks: { n: { external: true } }, secrets: { s: { name: 'a' } } };
    const overlay = { volumes: { v: null }, networks: { n: {} }, secrets: { s: { external: true }, t: null } };
    expect(mergeTrees([base, overlay], () => undefined)).to.deep.equal(overlay);
  });

  it('gives a variable without a value, or with an empty one, that of the app before it merges', () => {
    const env: Record<string, string> = { A: 'a', B: 'b' };
    const files = [
      { services: { app: { environment: ['A', 'B=x', 'C=1'] } } },
      { services: { app: { environment: ['B='] } } },
    ];
    const tree = mergeTrees(files, (name) => env[name]);
    expect(tree.services).to.deep.equal({ app: { environment: { A: 'a', B: 'b', C: '1' } } });
  });
});

describe('compose files that name a thing twice', () => {
  afterEach(removeRecipes);

  it('keep a config that is mounted in two places', async () => {
    const compose = await composeOf(
      'services:\n  app:\n    image: x/y:1\n    configs:\n      - {source: c, target: /a}\n      - {source: c, target: /b}\nconfigs: {c: {external: true}}\n',
    );
    expect(compose.services[0]?.configs).to.deep.equal([
      { source: 'c', target: '/a' },
      { source: 'c', target: '/b' },
    ]);
  });

  it('are refused when their versions differ, as the CLI does', async () => {
    const files = {
      'compose.yml': 'version: "3.8"\nservices: {app: {image: x}}\n',
      'compose.more.yml': 'services: {app: {user: u}}\n',
    };
    const error: unknown = await composeOf(files, { COMPOSE_FILE: 'compose.yml:compose.more.yml' }).catch(
      (caught: unknown) => caught,
    );
    expect(error).to.be.instanceOf(CcError).with.property('code', 'InvalidInput');
  });

  it('T93 are read by the version as it is written, which is no place for a variable', async () => {
    const error: unknown = await composeOf('version: "${NOPE}"\nservices: {app: {image: x}}\n').catch(
      (caught: unknown) => caught,
    );
    expect(error).to.be.instanceOf(CcError).with.property('code', 'InvalidInput');
  });

  it('take the words that YAML has for truth from a variable', async () => {
    const text =
      'services: {app: {image: x, volumes: [{type: volume, source: v, target: /v, read_only: "${R}"}]}}\nvolumes: {v: }\n';
    expect((await composeOf(text, { R: 'Yes' })).services[0]?.volumes[0]?.readOnly).to.equal(true);
    expect((await composeOf(text, { R: 'off' })).services[0]?.volumes[0]?.readOnly).to.equal(false);
  });
});
