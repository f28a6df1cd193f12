import type { RunStatus } from '../../lib/api/generated/types.ts';
import { explainError } from '../../lib/errors.ts';
import { type ReadObject, readAll } from '../../lib/store/reader.ts';

/** What a controller's state says of each object, for people who read why a test failed. Never rejects. */
export async function accountOf(stateDirectory: string): Promise<string> {
  try {
    const { objects, problems } = await readAll({ stateDirectory });
    return [...objects.flatMap(objectLines), ...problems.map((problem) => JSON.stringify(problem))].join('\n');
  } catch (error) {
    return explainError(error);
  }
}

function objectLines({ object, status }: ReadObject): string[] {
  const { conditions = [], stages = [], nextAction } = (status ?? {}) as unknown as Partial<RunStatus>;
  return [
    `${object.kind}/${object.name}`,
    ...conditions.map(({ type, status: state, reason, message }) => `  ${type}=${state} ${reason}: ${message}`),
    ...stages.map((stage) => `  stage ${JSON.stringify(stage)}`),
    ...(nextAction ? [`  next ${JSON.stringify(nextAction)}`] : []),
  ];
}
