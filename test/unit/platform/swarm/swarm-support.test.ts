import { expect } from 'chai';
import { CcError } from '../../../../lib/errors.ts';
import { ignoredKeys, refuseUnsupported } from '../../../../lib/platform/swarm/swarm-support.ts';
import { hostAccess } from '../../../../lib/recipe/host-access.ts';
import { composeOf, removeRecipes } from '../../recipe/recipe-files.ts';

const REFUSED: [string, string, 'InvalidInput' | 'Unsupported', string][] = [
  ['no image', 'services: {app: {user: u}}', 'InvalidInput', 'service app'],
  ['build alone', 'services: {app: {build: .}}', 'InvalidInput', 'build'],
  ['extends', 'services: {app: {image: x, extends: {service: y}}}', 'InvalidInput', 'extends'],
  ['mem_limit', 'services: {app: {image: x, mem_limit: 1}}', 'InvalidInput', 'mem_limit'],
  ['volumes_from', 'services: {db: {image: x, volumes_from: [y]}}', 'InvalidInput', 'service db'],
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

const ACCESS: [string, string[]][] = [
  ['services: {app: {image: x, volumes: ["/:/host:ro"]}}', ['service app: bind mount of /']],
  [
    'services: {p: {image: x, volumes: ["/var/run/docker.sock:/s"]}}',
    ["service p: the engine's socket /var/run/docker.sock"],
  ],
  ['services: {app: {image: x, cap_add: [NET_ADMIN, SYS_TIME]}}', ['service app: cap_add NET_ADMIN SYS_TIME']],
  ['services: {app: {image: x, privileged: true, devices: []}}', ['service app: privileged true']],
  ['services: {app: {image: x, privileged: false}}', []],
  ['services: {app: {image: x, ports: [{target: 1, published: 443, mode: host}]}}', ['service app: host port 443']],
  ['services: {app: {image: x, ports: [{target: 1, published: 8443, mode: host}, "80:80"]}}', []],
  ['services: {app: {image: x}}\nnetworks: {proxy: {external: true}, i: {internal: true}}', []],
  ['services: {app: {image: x}}\nnetworks: {h: {external: true, name: host}}', ['the network of the host']],
  ['services: {app: {image: x}}\nnetworks: {other_default: {external: true}}', ['external network other_default']],
  ['services: {app: {image: x}}\nsecrets: {s: {external: true, name: "${STACK_NAME}_s_v1"}}', []],
  ['services: {app: {image: x}}\nsecrets: {s: {external: true, name: sso_key}}', ['external secret sso_key']],
  ['services: {app: {image: x}}\nconfigs: {c: {external: true}}', ['external config c']],
  ['services: {app: {image: x}}\nvolumes: {v: {driver_opts: {o: bind, device: /etc}}}', ['volume v with bind /etc']],
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

  for (const [text, lines] of ACCESS) {
    it(`sees what of the host is reached: ${text.replace('\n', ' ')}`, async () => {
      expect(hostAccess(await composeOf(text))).to.deep.equal(lines);
    });
  }
});
