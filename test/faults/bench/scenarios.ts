/** The scenarios: what is laid out before the controller starts, and how one sees that it has come to rest. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { boxCanonical, boxFiles, boxRepository } from '../../e2e/box-recipe.ts';
import { RecipeRepository } from '../../e2e/recipes.ts';
import type { ScenarioName } from '../matrix/point.ts';
import type { Outcomes } from '../reader/reading.ts';
import { CONFIG, PLACE, RECIPE, SPECS, STATE, WARM } from './place.ts';

export interface Scenario {
  /** What it starts from: nothing at all, or the end of `enrol`. */
  from: 'Nothing' | 'Enrolled';
  /** Lays it out; the controller is not running. */
  before: () => void;
  /** Whether the controller has nothing more to do, as its status files say. Pure. */
  isOver: (reading: Outcomes) => boolean;
}

const CONFIGURATION = {
  specDirectory: 'specs',
  stateDirectory: 'state',
  platform: 'Process',
  recipeSource: 'recipes/{recipe}',
  hostPorts: '20000-20099',
  deletionGrace: '50ms',
  disk: { floor: '1MiB' },
};

function writeSpec(kind: string, name: string, spec: unknown): void {
  const document = { apiVersion: 'cc-ci/v1', kind, metadata: { name }, spec };
  writeFileSync(join(SPECS, `${name}.${kind.toLowerCase()}.yaml`), JSON.stringify(document));
}

function condition(reading: Outcomes, key: string, type: string): string | undefined {
  return reading.statuses[key]?.conditions?.find((one) => one.type === type)?.status;
}

function isDecided(reading: Outcomes, key: string): boolean {
  return ['True', 'False'].includes(condition(reading, key, 'Succeeded') ?? '');
}

function runsAreOver(reading: Outcomes): boolean {
  return reading.records.every((key) => !key.startsWith('Run/') || isDecided(reading, key));
}

/** Ready, or stalled, which waits for a person. */
function isAtRest(reading: Outcomes): boolean {
  const is = (type: string): boolean => condition(reading, 'Canonical/box', type) === 'True';
  return runsAreOver(reading) && (is('Stalled') || (is('Ready') && !is('Reconciling')));
}

function layOut(): void {
  for (const directory of [SPECS, join(PLACE, 'home')]) mkdirSync(directory, { recursive: true });
  writeFileSync(CONFIG, JSON.stringify(CONFIGURATION)); // JSON is YAML
  boxRepository(RECIPE, ['1.0.0+1.0.0', '1.1.0+1.1.0']);
  writeSpec('Canonical', 'box', boxCanonical('box', { dataRetention: '0s' }));
}

const NEXT = '1.2.0+1.2.0';

export const SCENARIO: Readonly<Record<ScenarioName, Scenario>> = {
  enrol: {
    from: 'Nothing',
    before: layOut,
    isOver: (reading) => reading.records.some((key) => key.startsWith('Run/')) && isAtRest(reading),
  },
  'cold-run': {
    from: 'Enrolled',
    before: () => writeSpec('Run', 'one', { recipe: 'box', ref: '1.1.0+1.1.0', promotion: 'Never' }),
    isOver: (reading) => isDecided(reading, 'Run/one') && isAtRest(reading),
  },
  promotion: {
    from: 'Enrolled',
    before: () => {
      new RecipeRepository(RECIPE).release(NEXT, boxFiles(NEXT));
      writeSpec('Run', 'two', { recipe: 'box', ref: NEXT });
    },
    isOver: (reading) => isDecided(reading, 'Run/two') && isAtRest(reading),
  },
  deletion: {
    from: 'Enrolled',
    before: () => rmSync(join(SPECS, 'box.canonical.yaml')),
    isOver: (reading) => !reading.records.includes('Canonical/box') && !('Canonical/box' in reading.statuses),
  },
  restore: {
    from: 'Enrolled',
    before: () => rmSync(join(STATE, 'apps', WARM, 'volumes', 'data'), { recursive: true }),
    isOver: (reading) => reading.statuses['Canonical/box']?.history?.[0]?.result === 'Restored' && isAtRest(reading),
  },
};
