import { expect } from 'chai';
import { GATE_RULES, type GateCode } from '../../../lib/gate/gate-rules.ts';
import { judge } from '../../../lib/gate/judge.ts';
import { type ComposeDraft, type Edit, GateBench, type SideOptions } from '../../builders/gate-bench.ts';
import { removeRecipes } from '../recipe/recipe-files.ts';

const TO = '1.0.1+1.4.1';

interface Row {
  what: string;
  /** Codes and subjects of the findings; none: the step is allowed. */
  held: readonly `${GateCode} ${string}`[];
  from?: SideOptions;
  to?: SideOptions;
  /** Lines beside the sample's. */
  env?: string;
}

const edit = (change: Edit): SideOptions => ({ edit: change });
const app = (draft: ComposeDraft) => draft.services.app!;
const db = (draft: ComposeDraft) => draft.services.db!;
const deploy = (draft: ComposeDraft) => app(draft).deploy as Record<string, unknown>;
const bothWays = (from: SideOptions, to: SideOptions) => ({ from, to });

const HARMLESS: readonly Row[] = [
  { what: 'nothing changes', held: [] },
  {
    what: 'the image of an app is bumped',
    held: [],
    to: edit((d) => {
      app(d).image = 'example/notes:2.0.0';
    }),
  },
  {
    what: 'a database gets a patch',
    held: [],
    to: edit((d) => {
      db(d).image = 'postgres:16.9-alpine3.20';
    }),
  },
  { what: 'lint and docs', held: [], to: { files: { 'README.md': '# notes', '.gitignore': 'x' } } },
  {
    what: 'a new optional overlay that the app does not name',
    held: [],
    to: { files: { 'compose.smtp.yml': 'services: { mail: { image: "mail:${MAIL_TAG}" } }' } },
  },
  { what: 'a health check is removed', held: [], to: edit((d) => void delete app(d).healthcheck) },
  {
    what: 'a config gets a version without a change',
    held: [],
    to: { files: { 'abra.sh': 'export ENTRY_VERSION=v2\n' } },
  },
  {
    what: 'a config changes with its version',
    held: [],
    to: { files: { 'abra.sh': 'export ENTRY_VERSION=v2\n', 'entry.sh': 'exec other\n' } },
  },
  {
    what: 'a new service',
    held: [],
    to: edit((d) => {
      d.services.extra = { image: 'redis:7', volumes: [] };
    }),
  },
  {
    what: 'a new volume of a service',
    held: [],
    to: edit((d) => {
      d.volumes.uploads = {};
      app(d).volumes.push('uploads:/uploads');
    }),
  },
  {
    what: 'a second mount of a volume, where the first stays',
    held: [],
    to: edit((d) => {
      d.services.cache!.volumes = ['data:/backup:ro'];
    }),
  },
  {
    what: 'the same volume under its own name in full',
    held: [],
    to: edit((d) => {
      d.volumes.data = { name: '${STACK_NAME}_data', driver: 'local' };
    }),
  },
  {
    what: 'long mounts for short ones',
    held: [],
    to: edit((d) => {
      db(d).volumes = [{ type: 'volume', source: 'db', target: '/var/lib/postgresql/data/' }];
    }),
  },
  {
    what: 'a variable with a default',
    held: [],
    to: edit((d) => {
      d.services.cache!.environment = ['A=${NEW_ONE:-1}'];
    }),
  },
  {
    what: 'a new variable that the app has',
    held: [],
    env: 'NEW_ONE=1',
    to: edit((d) => {
      d.services.cache!.environment = ['NEW_ONE'];
    }),
  },
  {
    what: 'a secret of the recipe',
    held: [],
    to: {
      ...edit((d) => {
        d.secrets.banner = { file: 'banner' };
      }),
      files: { banner: 'x' },
    },
  },
  { what: 'a sample with new keys', held: [], to: { files: { '.env.sample': 'TYPE=notes\nMORE=1\n' } } },
  {
    what: 'a variable of the sample is read no more, and has its value still',
    held: [],
    to: edit((d) => void delete (app(d).environment as Record<string, unknown>).SMTP_HOST),
  },
  {
    what: 'an item without a value that the sample has as a remark',
    held: [],
    to: {
      ...edit((d) => {
        d.services.cache!.environment = ['NEW_ONE'];
      }),
      files: { '.env.sample': '#NEW_ONE=1\nSMTP_HOST=localhost\n' },
    },
  },
  {
    what: 'a default of the sample that the app has otherwise, or that nobody reads',
    held: [],
    env: 'SMTP_HOST=own',
    to: { files: { '.env.sample': 'SMTP_HOST=mail\nTYPE=other\n' } },
  },
  {
    what: 'a version of a config moves from the env to abra.sh',
    held: [],
    from: {
      files: { '.env.sample': 'DOMAIN=n.example.org\nENTRY_VERSION=v1\n', 'abra.sh': '' },
    },
    env: 'ENTRY_VERSION=v1',
    to: { files: { 'abra.sh': 'export ENTRY_VERSION=v2\n', 'entry.sh': 'exec other\n' } },
  },
  {
    what: 'another user of a service without data',
    held: [],
    to: edit((d) => {
      d.services.cache!.user = '1000';
    }),
  },
  {
    what: 'another product in a service without data',
    held: [],
    to: edit((d) => {
      d.services.cache!.image = 'caddy:2';
    }),
  },
  {
    what: 'the same image of another registry',
    held: [],
    to: edit((d) => {
      app(d).image = 'registry.example.org/example/notes:1.4.1';
    }),
  },
  {
    what: 'a default registry written in full',
    held: [],
    to: edit((d) => {
      db(d).image = 'docker.io/library/postgres:16.4-alpine';
    }),
  },
  { what: 'a socket of the host is left', held: [], to: edit((d) => void app(d).volumes.splice(1, 1)) },
  {
    what: 'the clock of the host',
    held: [],
    to: edit((d) => void app(d).volumes.push('/etc/localtime:/etc/localtime:ro')),
  },
  {
    what: 'a label of a proxy, a command, a limit',
    held: [],
    to: edit(
      (d) =>
        void Object.assign(app(d), {
          command: ['x'],
          deploy: { ...deploy(d), resources: { limits: { memory: '1G' } } },
        }),
    ),
  },
  {
    what: 'a service that never ran by itself',
    held: [],
    ...bothWays(
      edit((d) => {
        d.services.cache!.deploy = { replicas: 0 };
      }),
      edit((d) => {
        d.services.cache!.deploy = { replicas: 0 };
      }),
    ),
  },
];

const HELD: readonly Row[] = [
  { what: 'a service is gone', held: ['ServiceGone cache'], to: edit((d) => void delete d.services.cache) },
  {
    what: 'a service with its volume',
    held: ['ServiceGone db', 'VolumeGone db'],
    to: edit((d) => void delete d.services.db),
  },
  {
    what: 'a service is called otherwise: its volume moves with it',
    held: ['ServiceGone db', 'VolumeMoved db'],
    to: edit((d) => {
      d.services.postgres = db(d);
      delete d.services.db;
    }),
  },
  {
    what: 'a service is turned off',
    held: ['ServiceStopped cache'],
    to: edit((d) => {
      d.services.cache!.deploy = { replicas: 0 };
    }),
  },
  {
    what: 'a service becomes a job',
    held: ['ServiceStopped cache'],
    to: edit((d) => {
      d.services.cache!.deploy = { mode: 'replicated-job' };
    }),
  },
  {
    what: 'a database gets a second replica',
    held: ['ServiceScaled db'],
    to: edit((d) => {
      db(d).deploy = { replicas: 2 };
    }),
  },
  {
    what: 'a service with data on every node',
    held: ['ServiceScaled db'],
    to: edit((d) => {
      db(d).deploy = { mode: 'global' };
    }),
  },
  {
    what: 'a volume is gone',
    held: ['VolumeGone db'],
    to: edit((d) => {
      db(d).volumes = [];
    }),
  },
  {
    what: 'a volume is defined still, and mounted by nobody',
    held: ['VolumeGone data'],
    to: edit((d) => void app(d).volumes.splice(0, 1)),
  },
  {
    what: 'a volume is called otherwise',
    held: ['VolumeGone data'],
    to: edit((d) => {
      d.volumes.media = {};
      app(d).volumes[0] = 'media:/data';
    }),
  },
  {
    what: 'a volume is mounted elsewhere',
    held: ['VolumeMoved db'],
    to: edit((d) => {
      db(d).volumes = ['db:/var/lib/postgresql'];
    }),
  },
  {
    what: 'a volume goes to another service',
    held: ['VolumeMoved data'],
    to: edit((d) => {
      app(d).volumes.splice(0, 1);
      d.services.cache!.volumes = ['data:/data'];
    }),
  },
  {
    what: 'a part of a volume is mounted',
    held: ['VolumeMoved db'],
    to: edit((d) => {
      db(d).volumes = [{ type: 'volume', source: 'db', target: '/var/lib/postgresql/data', volume: { subpath: 'pg' } }];
    }),
  },
  {
    what: 'a volume becomes a path of the host',
    held: ['VolumeGone data', 'HostPathNew /srv/data'],
    to: edit((d) => {
      app(d).volumes[0] = '/srv/data:/data';
    }),
  },
  {
    what: 'a volume becomes a tmpfs',
    held: ['VolumeGone data'],
    to: edit((d) => {
      app(d).volumes[0] = { type: 'tmpfs', target: '/data' };
    }),
  },
  {
    what: 'a new volume lies inside an old one',
    held: ['VolumeHidden data'],
    to: edit((d) => {
      d.volumes.uploads = {};
      app(d).volumes.push('uploads:/data/uploads');
    }),
  },
  {
    what: 'a tmpfs lies inside a volume',
    held: ['VolumeHidden data'],
    to: edit((d) => {
      app(d).tmpfs = ['/data/cache:size=1M'];
    }),
  },
  {
    what: 'a volume moves below its old place',
    held: ['VolumeMoved db'],
    to: edit((d) => {
      db(d).volumes = ['db:/var/lib/postgresql/data/18'];
    }),
  },
  {
    what: 'a volume becomes external',
    held: ['VolumeExternal data'],
    to: edit((d) => {
      d.volumes.data = { external: true };
    }),
  },
  {
    what: 'a volume is external no more',
    held: ['VolumeExternal data'],
    from: edit((d) => {
      d.volumes.data = { external: true };
    }),
  },
  {
    what: 'a volume has another name on the engine',
    held: ['VolumeRenamed data'],
    to: edit((d) => {
      d.volumes.data = { name: 'notes' };
    }),
  },
  {
    what: 'a volume has another driver',
    held: ['VolumeDriver data'],
    to: edit((d) => {
      d.volumes.data = { driver: 'nfs' };
    }),
  },
  {
    what: 'a volume has other options',
    held: ['VolumeDriver data'],
    to: edit((d) => {
      d.volumes.data = { driver: 'local', driver_opts: { type: 'nfs' } };
    }),
  },
  {
    what: 'a volume becomes read-only',
    held: ['VolumeReadOnly data'],
    to: edit((d) => {
      app(d).volumes[0] = 'data:/data:ro';
    }),
  },
  {
    what: 'a path of the host is wanted',
    held: ['HostPathNew /srv/new'],
    to: edit((d) => void app(d).volumes.push('/srv/new:/new')),
  },
  {
    what: 'the engine is wanted',
    held: ['HostPathNew /run/docker.sock'],
    to: edit((d) => void d.services.cache!.volumes.push('/run/docker.sock:/d.sock')),
  },
  {
    what: 'a path of the host is left',
    held: ['HostPathMoved /srv/media'],
    to: edit((d) => void app(d).volumes.splice(2, 1)),
  },
  {
    what: 'a path of the host becomes another',
    held: ['HostPathNew /srv/films', 'HostPathMoved /srv/media'],
    to: edit((d) => {
      app(d).volumes[2] = '/srv/films:/media';
    }),
  },
  {
    what: 'a variable leads elsewhere in a volume',
    held: ['DataPathMoved DATA_DIR'],
    to: edit((d) => {
      app(d).environment = { DATA_DIR: '/data/v2' };
    }),
  },
  {
    what: 'a URL of a database file leads elsewhere',
    held: ['DataPathMoved DB_URL'],
    ...bothWays(
      edit((d) => {
        app(d).environment = { DB_URL: 'sqlite:////data/a.db?mode=rw' };
      }),
      edit((d) => {
        app(d).environment = { DB_URL: 'sqlite:////data/b.db?mode=rw' };
      }),
    ),
  },
  {
    what: 'another product works on data',
    held: ['ImageReplaced app'],
    to: edit((d) => {
      app(d).image = 'example/papers:1.4.0';
    }),
  },
  {
    what: 'another build works on data',
    held: ['ImageReplaced app'],
    to: edit((d) => {
      app(d).image = 'other/notes:1.4.0';
    }),
  },
  {
    what: 'an older image',
    held: ['ImageOlder app'],
    to: edit((d) => {
      app(d).image = 'example/notes:1.3.9';
    }),
  },
  {
    what: 'a secret without a value would be generated',
    held: ['SecretNew smtp'],
    to: edit((d) => {
      d.secrets.smtp = { external: true, name: '${STACK_NAME}_smtp_v1' };
    }),
  },
  {
    what: 'a secret that cannot be generated',
    held: ['SecretMissing smtp'],
    env: '#SECRET_SMTP_VERSION=v1 # generate=false\nSECRET_SMTP_VERSION=v1 # generate=false',
    to: edit((d) => {
      d.secrets.smtp = { external: true, name: '${STACK_NAME}_smtp_v1' };
    }),
  },
  {
    what: 'a secret is called otherwise',
    held: ['SecretNew jwt'],
    to: edit((d) => {
      d.secrets = { jwt: { external: true } };
      app(d).secrets = ['jwt'];
    }),
  },
  {
    what: 'a secret gets a version',
    held: ['SecretVersion token'],
    to: edit((d) => {
      d.secrets.token = { external: true, name: '${STACK_NAME}_token_v2' };
    }),
  },
  {
    what: 'a variable without value and default',
    held: ['EnvUnset NEW_ONE'],
    to: edit((d) => {
      d.services.cache!.environment = ['A=${NEW_ONE}'];
    }),
  },
  {
    what: 'an item without a value that the sample has',
    held: ['EnvUnset NEW_ONE'],
    to: {
      ...edit((d) => {
        d.services.cache!.environment = ['NEW_ONE'];
      }),
      files: { '.env.sample': 'NEW_ONE=\n' },
    },
  },
  {
    what: 'a variable in a label',
    held: ['EnvUnset EXTRA'],
    to: edit((d) => {
      d.services.cache!.deploy = { labels: ['rule=$EXTRA'] };
    }),
  },
  {
    what: 'an export of abra.sh is gone',
    held: ['EnvUnset ENTRY_VERSION'],
    to: { files: { 'abra.sh': '# nothing\n' } },
  },
  {
    what: 'a setting of the app is read no more',
    held: ['EnvUnread SMTP_HOST'],
    env: 'SMTP_HOST=mail.example.org',
    to: edit((d) => void delete (app(d).environment as Record<string, unknown>).SMTP_HOST),
  },
  {
    what: 'a default that the app took over is another one now',
    held: ['SampleChanged SMTP_HOST'],
    to: { files: { '.env.sample': 'SMTP_HOST=mail\n' } },
  },
  {
    what: 'a setting of the app is overruled',
    held: ['EnvOverridden SMTP_HOST'],
    env: 'SMTP_HOST=mail.example.org',
    to: { files: { 'abra.sh': 'export ENTRY_VERSION=v1\nexport SMTP_HOST=localhost\n' } },
  },
  {
    what: 'T41 a config changes and keeps its name',
    held: ['ConfigStale entry'],
    to: { files: { 'entry.sh': 'exec other\n' } },
  },
  {
    what: 'T41 a config changes with its version, which the env of the app pins',
    held: ['ConfigStale entry'],
    env: 'OWN_VERSION=v1',
    from: edit((d) => {
      d.configs.entry = { file: 'entry.sh', name: '${STACK_NAME}_entry_${OWN_VERSION:-v1}' };
    }),
    to: {
      ...edit((d) => {
        d.configs.entry = { file: 'entry.sh', name: '${STACK_NAME}_entry_${OWN_VERSION:-v2}' };
      }),
      files: { 'entry.sh': 'exec other\n' },
    },
  },
  {
    what: 'a config names a file that is not there',
    held: ['FileMissing entry'],
    to: edit((d) => {
      d.configs.entry = { file: 'none.sh', name: '${STACK_NAME}_entry_v2' };
    }),
  },
  {
    what: 'a new volume of others',
    held: ['ExternalNew volume films'],
    to: edit((d) => {
      d.volumes.films = { external: true };
      app(d).volumes.push('films:/films');
    }),
  },
  {
    what: 'a network of others',
    held: ['ExternalNew network mail'],
    to: edit((d) => {
      d.networks.mail = { external: true };
    }),
  },
  {
    what: 'a service with data gets another user',
    held: ['UserChanged app'],
    to: edit((d) => {
      app(d).user = '1000:1000';
    }),
  },
  { what: 'a constraint is gone', held: ['PlacementChanged app'], to: edit((d) => void delete deploy(d).placement) },
  {
    what: 'a constraint is new',
    held: ['PlacementChanged db'],
    to: edit((d) => {
      db(d).deploy = { placement: { constraints: ['node.labels.fast==true'] } };
    }),
  },
  {
    what: 'a port is new',
    held: ['PortsChanged 5432/tcp (ingress)'],
    to: edit((d) => {
      db(d).ports = ['5432:5432'];
    }),
  },
  {
    what: 'a port moves',
    held: ['PortsChanged 2222/tcp (ingress)', 'PortsChanged 2223/tcp (ingress)'],
    to: edit((d) => {
      app(d).ports = ['2223:22'];
    }),
  },
  {
    what: 'a port is taken on the host itself',
    held: ['PortsChanged 2222/tcp (ingress)', 'PortsChanged 2222/tcp (host)'],
    to: edit((d) => {
      app(d).ports = [{ target: 22, published: 2222, mode: 'host' }];
    }),
  },
  {
    what: 'a capability',
    held: ['PrivilegesRaised app'],
    to: edit((d) => {
      app(d).cap_add = ['SYS_ADMIN'];
    }),
  },
  {
    what: 'a device',
    held: ['PrivilegesRaised cache'],
    to: edit((d) => {
      d.services.cache!.devices = ['/dev/dri:/dev/dri'];
    }),
  },
  {
    what: 'a volume is backed up no more',
    held: ['BackupGone data', 'BackupGone db'],
    to: edit((d) => {
      deploy(d).labels = [];
    }),
  },
  {
    what: 'a label that names another version',
    held: ['UnsureLabel 1.0.1+1.4.1'],
    to: edit((d) => {
      deploy(d).labels = ['coop-cloud.${STACK_NAME}.version=2.0.0+9.9.9', 'backupbot.backup=true'];
    }),
  },
  {
    what: 'a compose file that cannot be read',
    held: [`UnsureTo ${TO}`],
    to: { files: { 'compose.yml': 'services: [' } },
  },
  {
    what: 'a compose file with a variable that is demanded',
    held: [`UnsureTo ${TO}`],
    to: edit((d) => {
      app(d).image = 'example/notes:${TAG:?}';
    }),
  },
  { what: 'a sample that is no text', held: [`UnsureTo ${TO}`], to: { files: { '.env.sample': 'A=1\0' } } },
  { what: 'what runs cannot be read', held: ['UnsureFrom 1.0.0+1.4.0'], from: { files: { 'compose.yml': 'x: [' } } },
  {
    what: 'a secret with a charset that nobody knows',
    held: [`CannotBeApp ${TO}`],
    env: 'SECRET_OTHER_VERSION=v1 # charset=runes',
    to: edit((d) => {
      d.secrets.other = { external: true };
    }),
  },
];

/** What is wrong with a version whatever it is compared with. */
const OF_ONE_SIDE: readonly GateCode[] = [
  ...(['SecretMissing', 'SecretNew', 'FileMissing', 'CannotBeApp', 'UnsureLabel'] as const),
  ...(['UnsureFrom', 'UnsureTo'] as const),
];

/** The label of the target says its tag, where the row does not say otherwise. */
function targetOf({ to = {} }: Row): SideOptions {
  const labelled: Edit = (draft) => {
    deploy(draft).labels = [`coop-cloud.\${STACK_NAME}.version=${TO}`, 'backupbot.backup=true'];
    to.edit?.(draft);
  };
  return { version: TO, ...to, edit: labelled };
}

describe('the gate over pairs of trees', () => {
  let bench: GateBench;

  beforeEach(async () => {
    bench = await GateBench.open();
  });
  afterEach(async () => {
    await bench.close();
    await removeRecipes();
  });

  const found = async (row: Row): Promise<string[]> => {
    const sample = 'TYPE=notes\nDOMAIN=n.example.org\nSMTP_HOST=localhost\n';
    await bench.keep(`${sample}${row.env ?? ''}\n`);
    const [from, to] = [await bench.side(row.from ?? {}), await bench.side(targetOf(row))];
    const itself = judge(to, to, [], 'Patch').findings.filter(({ code }) => !OF_ONE_SIDE.includes(code));
    expect(itself, 'a version against itself').to.deep.equal([]);
    return judge(from, to, [], 'Minor').findings.map(({ code, subject }) => `${code} ${subject}`);
  };

  for (const row of HARMLESS) {
    it(`allows: ${row.what}`, async () => {
      expect(await found(row)).to.deep.equal([]);
    });
  }

  for (const row of HELD) {
    it(`holds: ${row.what}`, async () => {
      expect((await found(row)).toSorted()).to.deep.equal(row.held.toSorted());
    });
  }

  it('a version with thousands of changes is held by a bounded list', async () => {
    const many =
      (count: number): Edit =>
      (d) => {
        for (let index = 0; index < count; index += 1) {
          d.services[`s${index}`] = { image: 'x:1', volumes: [`data:/data/${index}`, `data:/more/${index}`] };
          app(d).volumes.push(`data:/data/deep/${index}`);
        }
      };
    const [from, to] = [await bench.side(edit(many(400))), await bench.side({ version: TO })];
    const { findings } = judge(from, to, [], 'Minor');
    expect(findings).to.have.length(200);
    expect(findings.every(({ detail }) => [...detail].length <= 400)).to.equal(true);
  });

  it('names no code that has no rule, and has a row for each rule of trees', () => {
    const rows = new Set(HELD.flatMap(({ held }) => held.map((one) => one.split(' ')[0])));
    const elsewhere = ['BumpTooBig', 'NoteStrong', 'NoteFair', 'NoteWritten', 'UnsureNote', 'UnsureVersion'];
    const others = ['ComposeFileGone', 'DatabaseMajor', 'DatabaseOlder', 'DatabaseReplaced', 'DatabaseFlavour'];
    const left = Object.keys(GATE_RULES).filter((code) => !rows.has(code));
    expect(left.toSorted()).to.deep.equal([...elsewhere, ...others, 'DatabaseSettings', 'UnsureDatabase'].toSorted());
  });
});
