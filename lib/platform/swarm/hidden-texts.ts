import { readFile } from 'node:fs/promises';
import type { StackPlan } from './stack/driver.ts';

/** Shorter values of the env are ordinary words: masking them would only spoil messages. */
const MIN_LENGTH = 6;

/**
 * What must not be seen in a message about a plan: the values of its secrets and of the env, but for those that name
 * the app or its parts. Reads the secrets' files; one that is missing is left out.
 */
export async function hiddenTexts(plan: StackPlan): Promise<string[]> {
  const { app, stack, compose, images } = plan;
  const files = await Promise.all(Object.values(app.secrets).map((file) => readFile(file, 'utf8').catch(() => '')));
  const given = compose.services.flatMap(({ environment }) => Object.values(environment));
  const things = [...compose.secrets, ...compose.configs].map(({ versionedName }) => versionedName);
  const names = [app.domain, stack, app.recipe, ...Object.values(images), ...things, ...Object.keys(compose.networks)];
  const values = [...Object.values(app.env), ...given].filter((value) => !names.some((name) => name.includes(value)));
  const telling = values.filter((value) => value.trim().length >= MIN_LENGTH);
  return [...new Set([...files.filter((text) => text.trim() !== ''), ...telling])];
}
