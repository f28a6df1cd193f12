import { join } from 'node:path';
import { parse } from 'yaml';
import { demoSpec } from '../../scripts/build-demo-recipes.ts';
import type { Bench } from './harness.ts';
import { demoRecipes } from './recipes.ts';
import { PORTS } from './swarm/stack-bench.ts';

/** Builds the demo's recipes for the bench and gives the spec of the Canonical, answering at a port. */
export async function demoCanonical(bench: Bench, recipe: string): Promise<Record<string, unknown>> {
  const recipes = join(bench.root, 'recipes');
  await demoRecipes(recipes);
  const { spec } = parse(await demoSpec(recipe, recipes));
  const { env, ...ports } = PORTS;
  return { ...spec, app: { ...spec.app, ...ports, env: { ...spec.app.env, ...env } } };
}
