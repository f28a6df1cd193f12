import { isDeepStrictEqual } from 'node:util';
import type { ObjectKey } from '../api/kinds.ts';
import { type KindRows, rowsOf, selectRows } from '../columns/kind-rows.ts';
import { type Row, rowOf } from '../columns/row.ts';
import { orNothing } from '../errors.ts';
import { readOne, readRows } from '../store/reader.ts';
import type { CliEnvironment } from './environment.ts';
import { pollUntil } from './follow.ts';
import { absenceOf, readControllerFile } from './presence.ts';

/** A controller that lives writes its list within 200 ms of a change, a busy one later; a table may be old then. */
const LIST_LAG_MS = 5_000;
const LIST_POLL_MS = 50;

/**
 * Tables are made of a list that is written a moment after a status: whoever waited for something sees in them what he
 * waited for. Returns once the list says of these objects what their files say, and in any case after a while, or where no
 * controller lives.
 */
export async function untilListed(
  environment: CliEnvironment,
  stateDirectory: string,
  keys: readonly ObjectKey[],
): Promise<void> {
  const look = async (): Promise<true | undefined> => {
    if (await isListed(environment, stateDirectory, keys)) return true;
    return absenceOf(environment, await readControllerFile(stateDirectory)) === undefined ? undefined : true;
  };
  const bounds = { timeoutMs: LIST_LAG_MS, intervalMs: LIST_POLL_MS, what: () => 'the list of the controller' };
  await orNothing(pollUntil(environment, look, bounds), 'DeadlineExceeded');
}

async function isListed(
  { build }: CliEnvironment,
  stateDirectory: string,
  keys: readonly ObjectKey[],
): Promise<boolean> {
  const kinds = [...new Set(keys.map(({ kind }) => kind))];
  const list = readRows({ stateDirectory, build, kinds, names: 'List' });
  // What this program cannot read its tables are not made of.
  if (list === undefined) return true;
  for (const key of keys) {
    const view = await readOne({ stateDirectory }, key);
    const table = list.tables.find(({ kind }) => kind === key.kind);
    if (!isDeepStrictEqual(table && rowIn(table, key.name), view && rowOf(view, 'Table'))) return false;
  }
  return true;
}

function rowIn(table: KindRows, name: string): Row | undefined {
  const index = table.names.indexOf(name);
  return index === -1 ? undefined : rowsOf(selectRows(table, [index]))[0];
}
