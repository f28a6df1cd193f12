import type { Compose, ComposeService } from './compose-types.ts';
import { isTimeout } from './start-time.ts';
import { parseVersion } from './version.ts';

type Labelled = Pick<Compose, 'services' | 'stackName' | 'placeOf'>;

interface Label {
  service: string;
  key: string;
  value: string;
  place: string;
  of: 'Deploy' | 'Container';
}

/** What is read of a label, and what it has to look like. */
interface Reading {
  isRead: (value: string) => boolean;
  wanted: string;
}

/** Labels `coop-cloud.<stack>.…` that say something to a run. */
const COOP_CLOUD: Readonly<Record<string, Reading>> = {
  timeout: { isRead: isTimeout, wanted: 'whole seconds from 1 to 86400 are read, like 300' },
  version: { isRead: (value) => parseVersion(value) !== undefined, wanted: 'a version is read, like 1.0.0+2.3.4' },
};
const VOLUME = /^backupbot\.backup\.volumes\..*(?<!\.path)$/;
const truth = (words: readonly string[]): Reading => ({
  isRead: (value) => words.includes(value.trim().toLowerCase()),
  wanted: 'true or false is read',
});
/** An empty one is what an unset variable leaves: no backup. */
const BACKUP = truth(['true', 'false', '1', '0', 'yes', 'no', '']);
/** A volume is left out by `false` alone. */
const VOLUME_IN = truth(['true', 'false']);
const SHOWN = 40;

/** Labels `coop-cloud.*` without effect: their values, stacks or places are none that is read; a phrase each. Pure. */
export function unreadCoopCloudLabels(compose: Labelled): string[] {
  const stray = labelsOf(compose, ({ containerLabels }) => containerLabels, 'Container');
  return [...deployLabels(compose), ...stray].flatMap((label) => {
    const [, stack, name] = /^coop-cloud\.([^.]+)\.([^.]+)$/.exec(label.key) ?? [];
    const reading = name !== undefined && Object.hasOwn(COOP_CLOUD, name) ? COOP_CLOUD[name] : undefined;
    if (reading === undefined) return [];
    if (label.of === 'Container')
      return [`${named(label)} stands outside deploy, where nobody reads it: put it below deploy`];
    if (stack !== compose.stackName) return [`${named(label)} is of another stack: write \${STACK_NAME} for it`];
    return reading.isRead(label.value) ? [] : [ignored(label, reading)];
  });
}

/** Labels `backupbot.*` whose values are none that is read, a phrase each. Pure. */
export function unreadBackupLabels(compose: Labelled): string[] {
  return deployLabels(compose).flatMap((label) => {
    if (label.key !== 'backupbot.backup' && !VOLUME.test(label.key)) return [];
    const reading = label.key === 'backupbot.backup' ? BACKUP : VOLUME_IN;
    return reading.isRead(label.value) ? [] : [ignored(label, reading)];
  });
}

function deployLabels(compose: Labelled): Label[] {
  return labelsOf(compose, ({ labels }) => labels, 'Deploy');
}

function labelsOf(
  compose: Labelled,
  read: (service: ComposeService) => Readonly<Record<string, string>>,
  of: Label['of'],
): Label[] {
  return compose.services.flatMap((service) =>
    Object.entries(read(service)).map(([key, value]) => {
      const place = labelPlace(compose, { service: service.name, key, of });
      return { service: service.name, key, value, place, of };
    }),
  );
}

function ignored(label: Label, { wanted }: Reading): string {
  const value = label.value.length > SHOWN ? `${label.value.slice(0, SHOWN)}…` : label.value;
  return `${named(label)} is ${JSON.stringify(value)} and has no effect: ${wanted}`;
}

function named({ service, key, place }: Label): string {
  return `${place}: the label ${key} of ${service}`;
}

/** A label by its name as it is read, variables filled in. */
export interface LabelKey {
  service: string;
  key: string;
  /** Whose labels: those below `deploy` (default), or those of the container. */
  of?: 'Deploy' | 'Container';
}

/** How recipes write the stack's name. */
const WRITTEN = '\x24{STACK_NAME}';

/** `file:line:column` of a label, or of the labels of its service where it is not found. Pure. */
export function labelPlace(compose: Pick<Compose, 'placeOf' | 'stackName'>, label: LabelKey): string {
  const { placeOf, stackName } = compose;
  const { service, key, of = 'Deploy' } = label;
  const labels = ['services', service, ...(of === 'Deploy' ? ['deploy', 'labels'] : ['labels'])];
  const nearest = placeOf(labels);
  const written = stackName === '' ? [key] : [key, key.replaceAll(stackName, WRITTEN)];
  return written.map((name) => placeOf([...labels, name])).find((place) => place !== nearest) ?? nearest;
}
