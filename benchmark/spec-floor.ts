/**
 * The least that many specs could cost: reads and parses each file of a directory, writes one record and one status file
 * for each, and synchronises once. Prints its processor time from its start on, milliseconds.
 * `node benchmark/spec-floor.ts SPECS OUT`.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { ownCpuMs } from './process-cost.ts';

const [specs = '', out = ''] = process.argv.slice(2);

for (const name of readdirSync(specs).filter((one) => !one.endsWith('.status.yaml') && !one.startsWith('.'))) {
  const text = readFileSync(join(specs, name), 'utf8');
  const object = parse(text);
  const digest = createHash('sha256').update(text).digest('hex');
  const directory = join(out, object.metadata.name);
  mkdirSync(directory, { recursive: true });
  const condition = { type: 'Ready', status: 'False', reason: 'Suspended', message: 'neither seeded nor promoted' };
  const status = {
    observedGeneration: 1,
    conditions: [{ ...condition, lastTransitionTime: new Date().toISOString() }],
  };
  writeFileSync(join(directory, 'object.json'), JSON.stringify({ ...object, digest, generation: 1 }));
  writeFileSync(join(directory, 'status.yaml'), stringify({ kind: object.kind, metadata: object.metadata, status }));
}
execFileSync('sync', ['-f', out]);
console.log(ownCpuMs());
