import { type Finding, finding } from './finding.ts';
import type { Pair } from './pair.ts';

/** Secrets without a value of their own, and those that the recipe renews. Names only. Pure. */
export function secretFindings({ from, to }: Pair): Finding[] {
  const before = new Map(from.plan.secrets.map((secret) => [secret.name, secret]));
  return to.plan.secrets.flatMap((secret) => {
    const { name } = secret;
    if (secret.from === 'Missing') return [finding('SecretMissing', name, 'is marked generate=false and has no value')];
    if (secret.from === 'Generated') return [finding('SecretNew', name, 'has no value; one would be generated')];
    const old = before.get(name)?.versionedName ?? secret.versionedName;
    if (secret.from !== 'Kept' || old === secret.versionedName) return [];
    return [finding('SecretVersion', name, `was ${old}, is ${secret.versionedName}`)];
  });
}

/** Files that configs and secrets of the recipe name: gone, or changed under the same name on the engine. Pure. */
export function fileFindings({ from, to }: Pair): Finding[] {
  const before = new Map(itemsOf(from.plan.compose).map((item) => [item.versionedName, item.file]));
  return itemsOf(to.plan.compose).flatMap(({ name, file, versionedName }) => {
    const digest = to.tree.digests[file] ?? null;
    if (digest === null) return [finding('FileMissing', name, `names ${file}, which is not there`)];
    const old = before.get(versionedName);
    const was = old === undefined ? digest : (from.tree.digests[old] ?? digest);
    return was === digest ? [] : [finding('ConfigStale', name, `${file} changed, its name is still ${versionedName}`)];
  });
}

/** Networks, volumes and configs of others that the stack did not need before. A volume that it had is another rule's. Pure. */
export function externalFindings({ from, to }: Pair): Finding[] {
  const before = new Set(externalsOf(from.plan.compose).map(({ what }) => what));
  const added = externalsOf(to.plan.compose).filter(({ what }) => !before.has(what));
  return added
    .filter(({ volume }) => volume === undefined || !Object.hasOwn(from.plan.compose.volumes, volume))
    .map(({ what }) => finding('ExternalNew', what, 'is external: the stack does not make it'));
}

type PlannedCompose = Pair['to']['plan']['compose'];

function itemsOf({ configs, secrets }: PlannedCompose): { name: string; file: string; versionedName: string }[] {
  return [...configs, ...secrets].flatMap(({ name, file, versionedName, external }) =>
    external || file === undefined ? [] : [{ name, file, versionedName }],
  );
}

/** But for secrets, which have rules of their own. */
function externalsOf({ networks, volumes, configs }: PlannedCompose): { what: string; volume?: string }[] {
  const others = Object.entries(networks).filter(([, { external }]) => external);
  const mounted = Object.entries(volumes).filter(([, { external }]) => external);
  return [
    ...others.map(([key, { name }]) => ({ what: `network ${name ?? key}` })),
    ...mounted.map(([key, { name }]) => ({ what: `volume ${name ?? key}`, volume: key })),
    ...configs.filter(({ external }) => external).map(({ versionedName }) => ({ what: `config ${versionedName}` })),
  ];
}
