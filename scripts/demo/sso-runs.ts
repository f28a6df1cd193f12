import type { DemoStage, Status } from './stage.ts';

/** A run with two starts of a Keycloak, on a machine that does other things as well, milliseconds. */
export const RUN_MS = 600_000;

export interface Stage {
  name: string;
  result: string;
  tests?: { name: string; result: string; message?: string }[];
}

export interface RunStatus extends Status {
  attempts?: { reason?: string }[];
  dependencies?: { mode: string; realm?: string; reason?: string }[];
  deploys?: { count: number; expected: number };
  level?: number;
  stages?: Stage[];
}

type Condition = NonNullable<Status['conditions']>[number];

/** Waits until a condition of the object is such. */
export async function untilShown(stage: DemoStage, target: string, holds: (one: Condition) => boolean): Promise<void> {
  await stage.until(target, async () => (await stage.statusOf(target)).conditions?.some(holds) === true);
}

/** Creates a run and gives how it ended, once it has. */
export async function test(stage: DemoStage, name: string, ref: string): Promise<RunStatus> {
  await stage.ccctl('run', 'portal', '--ref', ref, '--name', name);
  return await verdictOf(stage, name);
}

/** How a run ended, once it has. */
export async function verdictOf(stage: DemoStage, name: string): Promise<RunStatus> {
  let status: RunStatus = {};
  const isOver = async (): Promise<boolean> => {
    status = await stage.statusOf(`run/${name}`);
    return status.conditions?.some((one) => one.type === 'Succeeded' && one.status !== 'Unknown') === true;
  };
  await stage.until(`run/${name}`, isOver, RUN_MS);
  if (succeeded(status) !== 'True') await stage.show('describe', `run/${name}`);
  return status;
}

function succeeded({ conditions }: RunStatus): string | undefined {
  return conditions?.find(({ type }) => type === 'Succeeded')?.status;
}

/** It passed, on the highest rung. */
export function isGreen(status: RunStatus): boolean {
  return succeeded(status) === 'True' && status.level === 5;
}
