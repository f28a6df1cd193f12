import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { changelog, control, copyright, debianVersion } from './debian-texts.ts';
import { readManifest } from './manifest.ts';
import { projectNode, stageProgram } from './program.ts';
import { Stage } from './stage.ts';

const HOME = 'usr/lib/cc-ci';
const DOCUMENTS = 'usr/share/doc/cc-ci';
const KIB = 1024;
/** As Debian calls the processors that Node is there for. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };
const COMPLETIONS: Readonly<Record<string, string>> = {
  bash: 'usr/share/bash-completion/completions/ccctl',
  zsh: 'usr/share/zsh/vendor-completions/_ccctl',
  fish: 'usr/share/fish/vendor_completions.d/ccctl.fish',
};
/** A file that zsh loads when it is needed is the function itself: it has to act at once. */
const AT_ONCE: Readonly<Record<string, string>> = { zsh: 'if [ "$funcstack[1]" = _ccctl ]; then _ccctl "$@"; fi\n' };

/** How a Debian package is made. */
export interface DebianOptions {
  /** Of the project; `dist/` has to be built. */
  root: string;
  /** Empty directory to work in. */
  scratch: string;
  /** Where the package is put. */
  directory: string;
  revision: string;
  compression: 'xz' | 'gzip' | 'none';
  /** Seconds since 1970. */
  date: number;
}

/** Makes the package with dpkg-deb. The same sources and options give the same bytes. @returns its path. */
export function buildDebian(options: DebianOptions): string {
  const { root, scratch, directory, date } = options;
  const { description, version: own } = readManifest(root);
  const version = debianVersion(own, options.revision);
  const architecture = ARCHITECTURES[process.arch];
  if (architecture === undefined) throw new Error(`there is no Debian architecture for Node's ${process.arch}`);
  const stage = new Stage(join(scratch, 'tree'));
  stageContents(stage, root, { version, date });
  const files = stage.files();
  const bytes = files.reduce((sum, file) => sum + statSync(join(stage.directory, file)).size, 0);
  const facts = { version, architecture, description, installedKib: Math.ceil(bytes / KIB), date };
  stage.write('DEBIAN/control', control(facts));
  stage.write('DEBIAN/conffiles', '/etc/cc-ci/cc-ci.yaml\n');
  stage.write('DEBIAN/md5sums', files.map((file) => `${md5(join(stage.directory, file))}  ${file}\n`).join(''));
  for (const script of ['postinst', 'prerm', 'postrm'])
    stage.write(`DEBIAN/${script}`, readFileSync(join(root, 'packaging/debian', script)), 'Program');
  stage.settle(date);
  const file = join(directory, `cc-ci_${version}_${architecture}.deb`);
  const words = ['--root-owner-group', `-Z${options.compression}`, '--build', stage.directory, file];
  execFileSync('dpkg-deb', words, { env: { ...process.env, SOURCE_DATE_EPOCH: String(date) }, stdio: 'pipe' });
  return file;
}

function stageContents(stage: Stage, root: string, told: { version: string; date: number }): void {
  const node = projectNode(root);
  const text = (path: string): string => readFileSync(join(root, path), 'utf8');
  stageProgram(stage, root, HOME);
  stage.copy(node.file, join(HOME, 'node/bin/node'));
  stage.write(join(HOME, 'dist/node'), 'node/bin/node\n');
  for (const name of ['ccctl', 'cc-controller']) stage.link(`usr/bin/${name}`, `../lib/cc-ci/bin/${name}`);
  stage.copy(join(root, 'packaging/systemd/cc-ci.service'), 'usr/lib/systemd/system/cc-ci.service');
  stage.copy(join(root, 'packaging/debian/cc-ci.yaml'), 'etc/cc-ci/cc-ci.yaml');
  for (const page of readManifest(root).man) {
    const name = page.slice(page.lastIndexOf('/') + 1);
    stage.writeGzip(`usr/share/man/man${name.at(-1)}/${name}`, text(page));
  }
  for (const [shell, path] of Object.entries(COMPLETIONS))
    stage.write(path, `${completion(root, node.file, shell)}${AT_ONCE[shell] ?? ''}`);
  stage.copy(join(root, 'docs'), join(DOCUMENTS, 'docs'));
  stage.copy(join(root, 'specs'), join(DOCUMENTS, 'examples/specs'));
  stage.copy(join(root, 'packaging/systemd/examples/swarm.conf'), join(DOCUMENTS, 'examples/swarm.conf'));
  stage.writeGzip(join(DOCUMENTS, 'CHANGELOG.md'), text('CHANGELOG.md'));
  stage.writeGzip(join(DOCUMENTS, 'changelog.Debian'), changelog(told));
  const texts = {
    'cc-ci': text('LICENSE'),
    'Packages whose code is in /usr/lib/cc-ci/dist': text('dist/NOTICES'),
    'Schemas of compose files, /usr/lib/cc-ci/schemas/compose': `${text('schemas/compose/NOTICE')}\n${text('schemas/compose/LICENSE')}`,
    [`Node.js ${node.version}, /usr/lib/cc-ci/node`]: node.licence,
  };
  stage.write(join(DOCUMENTS, 'copyright'), copyright(text('packaging/debian/copyright'), texts));
}

function completion(root: string, node: string, shell: string): string {
  return execFileSync(node, [join(root, 'dist/ccctl.cjs'), 'completion', shell], { encoding: 'utf8' });
}

function md5(file: string): string {
  return createHash('md5').update(readFileSync(file)).digest('hex');
}
