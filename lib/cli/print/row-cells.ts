import type { Column } from '../../columns/columns.ts';
import type { Cells, KindRows } from '../../columns/kind-rows.ts';
import type { Time } from '../../columns/row.ts';
import { relative, shortSpan } from './age.ts';

/** What stands in each of these columns, the kind's own, seen from that time, wall clock. Pure. */
export function columnCells(rows: KindRows, columns: readonly Column[], nowMs: number): Cells<string>[] {
  let [times, others] = [0, 0];
  return columns.map(({ time }) => {
    if (time === undefined) return rows.cells[others++] ?? { values: [] };
    const points = rows.times[times++] ?? [];
    return time === 'Age' ? agesOf(points, nowMs) : { values: points.map((point) => relative(point, nowMs)) };
  });
}

/** Many objects are as old as others. In a plain loop: there may be ten thousand. */
function agesOf(times: readonly Time[], nowMs: number): Cells<string> {
  const values: string[] = [];
  const at: number[] = [];
  const places = new Map<string, number>();
  let [last, place] = [Number.NaN, 0];
  for (let index = 0; index < times.length; index += 1) {
    const time = times[index] ?? '';
    const seconds = typeof time === 'string' ? -1 : Math.max(0, Math.round((nowMs - time) / 1000));
    if (seconds !== last) {
      const text = seconds < 0 ? '<unknown>' : shortSpan(seconds * 1000);
      place = places.get(text) ?? values.push(text) - 1;
      places.set(text, place);
      last = seconds;
    }
    at.push(place);
  }
  return { values, at };
}
