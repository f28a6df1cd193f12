import { expect } from 'chai';
import { parse } from 'yaml';
import { composeOf, removeRecipes } from '../recipe-files.ts';
import { HONEST, HONEST_ENV, STACK, unlistedOf, unlistedOfTree } from './untrusted-recipe.ts';

const app = (body: string): string => `services: {app: {image: x, ${body}}}`;
const label = (text: string): string => app(`deploy: {labels: ['${text}']}`);
const PROXY = '\nnetworks: {proxy: {external: true}}';
const own = '${STACK_NAME}';

/** Why, the file, and the key that must be named. */
const REFUSED: [string, string, string][] = [
  ['the whole host', app('volumes: ["/:/host:ro"]'), 'services.app.volumes./host'],
  ["the engine's socket", app('volumes: ["/var/run/docker.sock:/s"]'), 'services.app.volumes./s'],
  ['a long bind mount', app('volumes: [{type: bind, source: /etc, target: /e}]'), 'services.app.volumes./e.type'],
  [
    'a drive to Docker, which we read as a volume',
    `${app('volumes: ["a:/etc:/x"]')}\nvolumes: {a: }`,
    'services.app.volumes./etc',
  ],
  [
    'a path within a volume',
    `${app('volumes: [{type: volume, source: v, target: /v, volume: {subpath: ..}}]')}\nvolumes: {v: }`,
    'services.app.volumes./v.volume.subpath',
  ],
  ['capabilities', app('cap_add: [NET_ADMIN]'), 'services.app.cap_add'],
  ['privileges', app('privileged: true'), 'services.app.privileged'],
  ['an empty list of what is not listed', app('devices: []'), 'services.app.devices'],
  ['the network of the host', app('network_mode: host'), 'services.app.network_mode'],
  ['names of hosts', app('extra_hosts: ["sso.example.org:10.0.0.1"]'), 'services.app.extra_hosts'],
  ['name servers', app('dns: 10.0.0.1'), 'services.app.dns'],
  ['kernel settings', app('sysctls: {net.core.somaxconn: 1}'), 'services.app.sysctls'],
  [
    'a log driver',
    app('logging: {driver: syslog, options: {syslog-address: "tcp://10.0.0.1"}}'),
    'services.app.logging',
  ],
  ['a credential', app('credential_spec: {file: x}'), 'services.app.credential_spec'],
  ['memory of the host', app('shm_size: 64G'), 'services.app.shm_size'],
  ['locked memory', app('ulimits: {memlock: -1}'), 'services.app.ulimits.memlock'],
  ['a grace that outlasts teardown', app('stop_grace_period: 10h'), 'services.app.stop_grace_period'],
  ['health checks without a pause', app('healthcheck: {test: a, interval: 1ms}'), 'services.app.healthcheck.interval'],
  ["a template with the node's name", app('environment: ["H={{.Node.Hostname}}"]'), 'services.app.environment.H'],
  ['a template that hides it', app('environment: {H: "{{index . \\"Node\\"}}"}'), 'services.app.environment.H'],
  ['a templated host name', app('hostname: "{{.Node.Hostname}}"'), 'services.app.hostname'],
  ['a fixed host port', app('ports: [{target: 1, published: 8443, mode: host}]'), 'services.app.ports'],
  ['the port of the ingress', app('ports: ["443:443"]'), 'services.app.ports'],
  ['a range of ports', app('ports: ["8000-8010:8000-8010"]'), 'services.app.ports'],
  ['an address of the host', app('ports: ["127.0.0.1:80:80"]'), 'services.app.ports'],
  ['a place', app('deploy: {placement: {constraints: [node.role == manager]}}'), 'services.app.deploy.placement'],
  ['every node', app('deploy: {mode: global}'), 'services.app.deploy.mode'],
  ['every node once', app('deploy: {mode: global-job}'), 'services.app.deploy.mode'],
  ['very many tasks', app('deploy: {replicas: 11}'), 'services.app.deploy.replicas'],
  [
    'many tasks in all',
    'services: {a: {image: x, deploy: {replicas: 6}}, b: {image: x, deploy: {replicas: 6}}}',
    'services',
  ],
  [
    'devices of a node',
    app('deploy: {resources: {reservations: {generic_resources: []}}}'),
    'services.app.deploy.resources.reservations.generic_resources',
  ],
  [
    'restarts without a pause',
    app('deploy: {restart_policy: {delay: 1ms}}'),
    'services.app.deploy.restart_policy.delay',
  ],
  [
    'an own name on the shared network',
    `services: {keycloak: {image: x, networks: [proxy]}}${PROXY}`,
    'services.keycloak.networks.proxy',
  ],
  [
    'the name of a store there',
    `services: {db: {image: x, networks: {proxy: }}}${PROXY}`,
    'services.db.networks.proxy',
  ],
  [
    'an alias there',
    `${app('networks: {proxy: {aliases: [keycloak]}}')}${PROXY}`,
    'services.app.networks.proxy.aliases.0',
  ],
  [
    'an address there',
    `${app('networks: {proxy: {ipv4_address: 10.0.1.2}}')}${PROXY}`,
    'services.app.networks.proxy.ipv4_address',
  ],
  [
    'an alias there by another key',
    `${app('networks: {n: {aliases: [db]}}')}\nnetworks: {n: {external: true, name: proxy}}`,
    'services.app.networks.n.aliases.0',
  ],
  [
    'an alias there in the old form',
    `${app('networks: {n: {aliases: [db]}}')}\nnetworks: {n: {external: {name: proxy}}}`,
    'services.app.networks.n.aliases.0',
  ],
  [
    'an own name there, by the network that services join without a word',
    'services: {keycloak: {image: x}}\nnetworks: {default: {external: true, name: proxy}}',
    'services.keycloak.networks.default',
  ],
  ['the shared network made anew', `${app('networks: [proxy]')}\nnetworks: {proxy: {name: proxy}}`, 'networks.proxy'],
  [
    'a template in the name of a variable',
    app('environment: {"A{{.Node.Hostname}}": b}'),
    'services.app.environment.A{{.Node.Hostname}}',
  ],
  [
    "another app's network",
    `${app('networks: [other_default]')}\nnetworks: {other_default: {external: true}}`,
    'networks.other_default',
  ],
  [
    'the network of the host by name',
    `${app('networks: [h]')}\nnetworks: {h: {external: true, name: host}}`,
    'networks.h',
  ],
  ['another driver', `${app('networks: [n]')}\nnetworks: {n: {driver: macvlan}}`, 'networks.n.driver'],
  [
    'a chosen network id',
    `${app('networks: [n]')}\nnetworks: {n: {driver_opts: {com.docker.network.driver.overlay.vxlanid_list: 4097}}}`,
    'networks.n.driver_opts',
  ],
  [
    'chosen addresses',
    `${app('networks: [n]')}\nnetworks: {n: {ipam: {config: [{subnet: 10.0.0.0/8}]}}}`,
    'networks.n.ipam',
  ],
  [
    'a network that anybody joins',
    `${app('networks: [n]')}\nnetworks: {n: {attachable: true}}`,
    'networks.n.attachable',
  ],
  [
    'a volume with options',
    `${app('volumes: ["vv:/v"]')}\nvolumes: {vv: {driver_opts: {o: bind, device: /etc}}}`,
    'volumes.vv.driver_opts',
  ],
  ['a volume of others', `${app('volumes: ["vv:/v"]')}\nvolumes: {vv: {external: true}}`, 'volumes.vv.external'],
  ['a volume of another name', `${app('volumes: ["vv:/v"]')}\nvolumes: {vv: {name: sso_data}}`, 'volumes.vv.name'],
  ['a secret of others', `${app('secrets: [s]')}\nsecrets: {s: {external: true, name: sso_key}}`, 'secrets.s'],
  [
    'a secret of others by its key',
    `${app('secrets: [sso_key]')}\nsecrets: {sso_key: {external: true}}`,
    'secrets.sso_key',
  ],
  ['a secret of a driver', `${app('secrets: [s]')}\nsecrets: {s: {driver: vault}}`, 'secrets.s.driver'],
  ['a config of others', `${app('configs: [c]')}\nconfigs: {c: {external: true}}`, 'configs.c'],
  [
    'a template driver',
    `${app('configs: [c]')}\nconfigs: {c: {file: f, template_driver: other}}`,
    'configs.c.template_driver',
  ],
  ['a file out of the recipe', `${app('configs: [c]')}\nconfigs: {c: {file: ../f}}`, 'configs.c.file'],
];

/** The same of trees that the reader of today refuses: the list does not lean on it. */
const PAST_THE_READER: [string, string, string][] = [
  ['an init that is no truth value', app('init: [true]'), 'services.app.init'],
  ['what nobody knows yet', app('something_new: false'), 'services.app.something_new'],
  ['another case of a key', app('Privileged: true'), 'services.app.Privileged'],
  ['another section', `${app('init: true')}\nname: sso`, 'name'],
  [
    'a size that is none',
    app('deploy: {resources: {limits: {memory: lots}}}'),
    'services.app.deploy.resources.limits.memory',
  ],
];

/** Why, and the label. */
const LABELS: [string, string][] = [
  ["the live sign-on's route", `traefik.http.routers.${own}.rule=Host(\`sso.example.org\`)`],
  ['any route, by a path', `traefik.http.routers.${own}.rule=PathPrefix(\`/\`)`],
  ['an empty rule', `traefik.http.routers.${own}.rule=`],
  ['a label without a value', 'traefik.http.routers.sso.rule'],
  ['a router of others', 'traefik.http.routers.sso.rule=Host(`st.example.org`)'],
  ['a router whose name only begins alike', `traefik.http.routers.${own}x.rule=Host(\`st.example.org\`)`],
  ['a service of others', 'traefik.http.services.sso.loadbalancer.server.port=80'],
  ['a middleware of others', 'traefik.http.middlewares.sso.headers.sslhost=x'],
  ['a way to a service of others', `traefik.http.routers.${own}.service=sso`],
  ["the ingress's own interface", `traefik.http.routers.${own}.service=api@internal`],
  ['a middleware of the host', `traefik.http.routers.${own}.middlewares=${own}-a,auth@file`],
  ['another address', `traefik.http.services.${own}.loadbalancer.server.url=http://127.0.0.1:8080`],
  ['a call elsewhere', `traefik.http.middlewares.${own}.forwardauth.address=http://10.0.0.1`],
  ['a file of the ingress', `traefik.http.middlewares.${own}.basicauth.usersfile=/etc/passwd`],
  ['a costly hash', `traefik.http.middlewares.${own}.basicauth.users=a:$$2y$$31$$x`],
  ['memory of the ingress', `traefik.http.middlewares.${own}.buffering.memrequestbodybytes=9`],
  ['a plugin', `traefik.http.middlewares.${own}.plugin.x.y=z`],
  ['a method of an object', `traefik.http.middlewares.${own}.constructor=z`],
  ['a certificate of others', `traefik.http.routers.${own}.tls.domains[0].main=sso.example.org`],
  ['the certificate of the zone', `traefik.http.routers.${own}.tls.domains[0].sans=*.example.org`],
  ['another network', 'traefik.docker.network=sso_default'],
  ['streams', `traefik.tcp.routers.${own}.rule=HostSNI(\`*\`)`],
  ['streams in another case', `Traefik.TCP.routers.${own}.rule=HostSNI(\`*\`)`],
  ['packets', `traefik.udp.routers.${own}.entrypoints=dns`],
  ['stores of certificates', 'traefik.tls.stores.default.defaultgeneratedcert.resolver=x'],
  ['another transport', `traefik.http.serverstransports.${own}.insecureskipverify=true`],
  ['Traefik 1', 'traefik.frontend.rule=Host:sso.example.org'],
  ['another ingress', 'caddy=sso.example.org'],
  ['another ingress with a prefix', 'caddy.reverse_proxy={{upstreams 80}}'],
  ['a schedule', 'swarm.cronjob.enable=true'],
  ['a scaler', 'swarm.autoscale=true'],
  ['another stack', 'com.docker.stack.namespace=sso'],
  ['the marks of the controller', 'cc-ci.commit=1'],
  ["another app's version", 'coop-cloud.sso_example_org.version=1.0.0+1'],
  ['the mark of abra', `coop-cloud.${own}.chaos-version=01234567`],
  ['updates by others', `coop-cloud.${own}.autoupdate=true`],
  ['a backup of other volumes', 'backupbot.backup.volumes.data.path=../../sso_data/_data'],
  ['what nobody knows yet', 'homepage.href=http://x'],
];

describe('what an untrusted commit may use', () => {
  afterEach(removeRecipes);

  for (const [what, files] of Object.entries(HONEST)) {
    it(`takes ${what}`, async () => {
      const env = files['compose.auth.yml']
        ? { ...HONEST_ENV, COMPOSE_FILE: 'compose.yml:compose.auth.yml' }
        : HONEST_ENV;
      expect(await unlistedOf(files, env)).to.deep.equal([]);
    });
  }

  for (const [why, text, key] of REFUSED) {
    it(`T105 refuses ${why}, and names it`, async () => {
      const found = await unlistedOf(text);
      expect(found.filter((line) => line.includes(`: ${key} `) || line.includes(`: ${key}.`))).to.have.length.above(0);
    });
  }

  for (const [why, text, key] of PAST_THE_READER) {
    it(`T105 refuses ${why}, and names it, also where the reader let it pass`, async () => {
      const found = unlistedOfTree(await composeOf(app('init: true')), parse(text));
      expect(found.filter((line) => line.includes(`: ${key} `) || line.includes(`: ${key}.`))).to.have.length.above(0);
    });
  }

  it('T105 refuses an env file, and names it', async () => {
    const files = { 'compose.yml': app('env_file: more.env'), 'more.env': 'A=1' };
    expect((await unlistedOf(files)).join()).to.include(': services.app.env_file ');
  });

  for (const [why, text] of LABELS) {
    it(`T104 refuses a label for ${why}, on the service and on its containers`, async () => {
      for (const file of [label(text), app(`labels: ['${text}']`)]) {
        expect(await unlistedOf(file), file).to.have.length(1);
      }
    });
  }

  it('T105 values are those after the variables were filled in', async () => {
    const text = label(`traefik.http.routers.${own}.rule=Host(\`$\{DOMAIN}\`$\{EXTRA_DOMAINS})`);
    expect(await unlistedOf(text, { EXTRA_DOMAINS: ', `www.st.example.org`' })).to.deep.equal([]);
    expect(await unlistedOf(text, { EXTRA_DOMAINS: ', `sso.example.org`' })).to.have.length(1);
    expect(await unlistedOf(text, { EXTRA_DOMAINS: '`) || PathPrefix(`/' })).to.have.length(1);
  });

  it('T105 what anchors and merge keys bring counts', async () => {
    const text = `x-a: &a {cap_add: [ALL]}\nservices: {app: {image: x, <<: *a}}`;
    expect(await unlistedOf(text)).to.have.length(1);
  });

  it('T105 what another file adds counts, and the place is in that file', async () => {
    const files = { 'compose.yml': 'services: {app: {image: x}}', 'b.yml': '\n\nservices:\n  app:\n    pid: host\n' };
    const [found] = await unlistedOf(files, { COMPOSE_FILE: 'compose.yml:b.yml' });
    expect(found).to.match(/^b\.yml:5:\d+: services\.app\.pid /);
  });

  it('T105 names the line of a label in a list', async () => {
    const text = `services:\n  app:\n    image: x\n    deploy:\n      labels:\n        - traefik.enable=true\n        - caddy=x\n`;
    expect((await unlistedOf(text))[0]).to.match(/^compose\.yml:7:/);
  });

  it('T105 the env that the service app is given counts as well', async () => {
    expect(await unlistedOf('services: {app: {image: x}}', { NODE: '{{.Node.Hostname}}' })).to.have.length(1);
    expect(await unlistedOf('services: {app: {image: x}}', { '{{.Node.ID}}': '1' })).to.have.length(1);
  });

  it('own names are those that continue the name of the stack', async () => {
    for (const name of [STACK, `${STACK}-a`, `${STACK}_a`]) {
      expect(await unlistedOf(label(`traefik.http.services.${name}.loadbalancer.server.port=80`))).to.deep.equal([]);
    }
  });
});
