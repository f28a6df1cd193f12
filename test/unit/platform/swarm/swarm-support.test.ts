import { expect } from 'chai';
import { CcError } from '../../../../lib/errors.ts';
import { ignoredKeys, refuseUnsupported } from '../../../../lib/platform/swarm/swarm-support.ts';
import { composeOf, removeRecipes } from '../../recipe/recipe-files.ts';

const REFUSED: [string, string, 'InvalidInput' | 'Unsupported', string][] = [
  ['no image', 'services: {app: {user: u}}', 'InvalidInput', 'service app'],
  ['build alone', 'services: {app: {build: .}}', 'InvalidInput', 'build'],
  ['network_mode', 'services: {app: {image: x, network_mode: host}}', 'Unsupported', 'network_mode'],
  ['an external volume', 'services: {app: {image: x}}\nvolumes: {v: {external: true}}', 'Unsupported', 'volumes.v'],
  ['driver_opts', 'services: {app: {image: x}}\nvolumes: {v: {driver_opts: {o: bind}}}', 'Unsupported', 'volumes.v'],
  ['a foreign driver', 'services: {app: {image: x}}\nvolumes: {v: {driver: nfs}}', 'Unsupported', 'nfs'],
  [
    'a secret whose version has no value',
    'services: {app: {image: x}}\nsecrets: {s: {external: true, name: "${STACK_NAME}_s_${S_VERSION}"}}',
    'InvalidInput',
    'secrets.s',
  ],
  [
    'a config whose name is too long',
    `services: {app: {image: x}}\nconfigs: {c: {external: true, name: "${'n'.repeat(65)}"}}`,
    'InvalidInput',
    'configs.c',
  ],
];

describe('what swarm supports', () => {
  afterEach(removeRecipes);

  for (const [reason, text, code, named] of REFUSED) {
    it(`refuses ${reason}`, async () => {
      const compose = await composeOf(text);
      expect(() => refuseUnsupported(compose))
        .to.throw(CcError)
        .that.satisfies((error: CcError) => {
          expect(error.code).to.equal(code);
          expect(error.message).to.include(named).and.to.include('compose.yml');
          return error.remedy !== undefined;
        });
    });
  }

  it('takes a plain recipe', async () => {
    const compose = await composeOf('services: {app: {image: x, volumes: ["v:/v"]}}\nvolumes: {v: {driver: local}}');
    expect(() => refuseUnsupported(compose)).not.to.throw();
  });

  it('names the keys without effect, and those only', async () => {
    const compose = await composeOf(
      `services:
  web: {image: x, restart: always, depends_on: [app], x-process: {command: [a]}}
  app: {image: x, build: ., tmpfs: /t, expose: ["1"], init: true, ulimits: {nofile: 5}, cap_add: [X], user: u}
`,
    );
    expect(ignoredKeys(compose)).to.deep.equal([
      'app.build',
      'app.expose',
      'app.tmpfs',
      'web.depends_on',
      'web.restart',
      'web.x-process',
    ]);
  });
});
