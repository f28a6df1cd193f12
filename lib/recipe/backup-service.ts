import type { ComposeService } from './compose-types.ts';

/** The backup labels of one service. */
export interface ServiceBackup {
  /** `Off`: it says false or empty. `Silent`: no `backupbot.backup`. */
  state: 'On' | 'Off' | 'Silent';
  hooks: { preHook?: string; postHook?: string; restorePreHook?: string; restorePostHook?: string };
  /** Draft 1: absolute paths in the container. */
  containerPaths: string[];
  /** Draft 2, by short volume name. */
  volumes: Map<string, { excluded: boolean; paths: string[] }>;
  warnings: string[];
}

const PREFIX = 'backupbot.';
const VOLUME_PREFIX = 'backupbot.backup.volumes.';
const HOOKS = {
  'backupbot.backup.pre-hook': 'preHook',
  'backupbot.backup.post-hook': 'postHook',
  'backupbot.restore.pre-hook': 'restorePreHook',
  'backupbot.restore.post-hook': 'restorePostHook',
} as const;
/** Known, and without a meaning of their own here. */
const INERT = new Set(['backupbot.restore', 'backupbot.enabled']);

/** Reads the `backupbot` labels of a service; keys that neither draft knows become warnings. */
export function backupLabelsOf(service: ComposeService): ServiceBackup {
  const backup: ServiceBackup = { state: 'Silent', hooks: {}, containerPaths: [], volumes: new Map(), warnings: [] };
  for (const [key, value] of Object.entries(service.labels)) {
    if (key.startsWith(PREFIX)) readLabel(backup, { key, value, service: service.name });
  }
  if (Object.keys(service.containerLabels).some((key) => key.startsWith(PREFIX)))
    backup.warnings.push(`backup labels of ${service.name} stand outside deploy, where they have no effect`);
  return backup;
}

function readLabel(backup: ServiceBackup, options: { key: string; value: string; service: string }): void {
  const { key, value, service } = options;
  if (key === 'backupbot.backup')
    backup.state = ['true', '1', 'yes'].includes(value.trim().toLowerCase()) ? 'On' : 'Off';
  else if (key === 'backupbot.backup.path') backup.containerPaths.push(...listOf(value));
  else if (key.startsWith(VOLUME_PREFIX)) readVolumeLabel(backup, key, value);
  else if (isHook(key)) {
    if (value.trim() !== '') backup.hooks[HOOKS[key]] = value;
  } else if (!INERT.has(key))
    backup.warnings.push(`the label ${key} of ${service} is in no draft of the backup labels`);
}

/** Parsed from both ends: a volume name may hold hyphens and dots, and is followed by nothing or `.path`. */
function readVolumeLabel(backup: ServiceBackup, key: string, value: string): void {
  const rest = key.slice(VOLUME_PREFIX.length);
  const isPath = rest.endsWith('.path');
  const volume = isPath ? rest.slice(0, -'.path'.length) : rest;
  const known = backup.volumes.get(volume) ?? { excluded: false, paths: [] };
  if (isPath) known.paths.push(...listOf(value));
  else known.excluded = value.trim().toLowerCase() === 'false';
  backup.volumes.set(volume, known);
}

function isHook(key: string): key is keyof typeof HOOKS {
  return Object.hasOwn(HOOKS, key);
}

function listOf(value: string): string[] {
  return value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
