import type { Owner } from './owner.ts';
import { anyText, each, oneOf, onlyFalse, type Rule, text, truth } from './rule.ts';
import { traefikRule } from './traefik-labels.ts';

/** A file or directory below where it is mounted. */
const below = text('a path without ..', (value) => !value.split(/[/,]/).includes('..'));
const unlisted: Rule = (_, path) => [{ path, rule: 'is a label that is not allowed' }];

/**
 * Labels of services and of containers: those of the ingress for the app's own routes, of backups, of abra for the own
 * stack, and of image metadata. Everything else may speak to a tool of the host that nobody thought of. Pure.
 */
export function labelRules(owner: Owner): Rule {
  return each((key) => ruleOf(key, owner) ?? unlisted, '');
}

function ruleOf(key: string, owner: Owner): Rule | undefined {
  const [space = ''] = key.split('.');
  switch (space.toLowerCase()) {
    case 'traefik':
      return traefikRule(key, owner);
    case 'backupbot':
      return backupRule(key);
    case 'coop-cloud':
      return coopCloudRule(key.slice(space.length + 1), owner);
    case 'org':
      return /^org\.(opencontainers\.image|label-schema)\.[a-z0-9.-]+$/.test(key) ? anyText : undefined;
    default:
      return undefined;
  }
}

/** Hooks run in the app's container, paths are in its volumes. */
function backupRule(key: string): Rule | undefined {
  if (/^backupbot\.(backup|restore)$/.test(key)) return truth;
  if (/^backupbot\.(backup|restore)\.(pre|post)-hook$/.test(key)) return anyText;
  if (/^backupbot\.backup\.(path|volumes\.[A-Za-z0-9_-]+(\.path)?)$/.test(key)) return below;
  return undefined;
}

/** What abra itself writes (`recipe`, `chaos`, `chaos-version`) says which commit runs: a recipe may not. */
function coopCloudRule(rest: string, { stack }: Owner): Rule | undefined {
  if (!rest.startsWith(`${stack}.`)) return undefined;
  const field = rest.slice(stack.length + 1);
  if (/^([A-Za-z0-9_-]+\.)?version$/.test(field)) return anyText;
  if (field === 'timeout') return text('seconds', (value) => value === '' || /^\d{1,5}$/.test(value));
  if (field === 'app') return oneOf('true', 'false');
  return field === 'autoupdate' ? onlyFalse : undefined;
}
