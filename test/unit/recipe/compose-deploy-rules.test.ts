import { expect } from 'chai';
import { CcError } from '../../../lib/errors.ts';
import { isImageName } from '../../../lib/recipe/compose-service.ts';
import { composeOf, removeRecipes } from './recipe-files.ts';

const service = (lines: string): string =>
  `services:\n  app:\n    image: x\n${lines.replaceAll(/^/gm, '    ')}\nvolumes: {v: }\n`;

const REFUSED: [why: string, text: string][] = [
  ['replicas of a global service', service('deploy: {mode: global, replicas: 1}')],
  ['replicas of a global job', service('deploy: {mode: global-job, replicas: 1}')],
  ['a health check that is given and disabled', service('healthcheck: {test: "true", disable: true}')],
  [
    'options of another mount',
    service('volumes: [{type: volume, source: v, target: /v, bind: {propagation: rslave}}]'),
  ],
  ['a source of a tmpfs', service('volumes: [{type: tmpfs, source: v, target: /v}]')],
  ['an image in upper case', service('user: u').replace('image: x', 'image: Example/App:1')],
  ['an image of two words', service('user: u').replace('image: x', 'image: app 1')],
];
const TAKEN: [why: string, text: string][] = [
  ['a global service', service('deploy: {mode: global}')],
  ['a replicated job', service('deploy: {mode: replicated-job, replicas: 1}')],
  ['a disabled health check', service('healthcheck: {disable: true}')],
  ['options of its own', service('volumes: [{type: volume, source: v, target: /v, volume: {nocopy: true}}]')],
  ['a tmpfs', service('volumes: [{type: tmpfs, target: /v, tmpfs: {size: 5}}]')],
];

describe('what docker refuses while it deploys', () => {
  afterEach(removeRecipes);

  for (const [why, text] of REFUSED) {
    it(`T93 ${why} is refused when it is read, with its place`, async () => {
      const error: unknown = await composeOf(text).catch((caught: unknown) => caught);
      expect(error).to.be.instanceOf(CcError).with.property('code', 'InvalidInput');
      expect((error as CcError).message).to.match(/^compose\.yml:\d+:\d+: services\.app/);
    });
  }

  for (const [why, text] of TAKEN) {
    it(`takes ${why}`, async () => expect((await composeOf(text)).services).to.have.lengthOf(1));
  }

  it('T93 is refused also where two files together make it', async () => {
    const files = {
      'compose.yml': service('deploy: {mode: global}'),
      'o.yml': 'services: {app: {deploy: {replicas: 2}}}\n',
    };
    const error: unknown = await composeOf(files, { COMPOSE_FILE: 'compose.yml:o.yml' }).catch(
      (caught: unknown) => caught,
    );
    expect((error as CcError).message).to.match(/^o\.yml:1:/);
  });

  for (const [text, valid] of [
    ['a', true],
    ['library/a:1', true],
    ['registry.example.org:5000/a/b_c:v1.0-x', true],
    ['localhost/a', true],
    ['[::1]:5000/a', true],
    [`a:1@sha256:${'0'.repeat(64)}`, true],
    ['a@sha256:0', false],
    ['A', false],
    ['a:', false],
    [':1', false],
    ['a/', false],
    ['a//b', false],
    ['-a', false],
    ['a b', false],
    ['$X', false],
    ['a:1:2', false],
  ] as const) {
    it(`${text} is ${valid ? 'a' : 'no'} name of an image`, () => expect(isImageName(text)).to.equal(valid));
  }
});
