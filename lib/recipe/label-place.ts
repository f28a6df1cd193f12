import type { Compose } from './compose-types.ts';

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
export function labelPlace(
  { placeOf, stackName }: Pick<Compose, 'placeOf' | 'stackName'>,
  { service, key, of = 'Deploy' }: LabelKey,
): string {
  const labels = ['services', service, ...(of === 'Deploy' ? ['deploy', 'labels'] : ['labels'])];
  const nearest = placeOf(labels);
  const written = stackName === '' ? [key] : [key, key.replaceAll(stackName, WRITTEN)];
  return written.map((name) => placeOf([...labels, name])).find((place) => place !== nearest) ?? nearest;
}
