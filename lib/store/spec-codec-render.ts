import { stringify } from 'yaml';
import type { Kind } from '../api/kinds.ts';
import { API_VERSION } from '../api/kinds.ts';
import type { SpecMetadata, SpecOf, StatusFile } from '../api/object.ts';

const STYLE = { lineWidth: 0, aliasDuplicateObjects: false } as const;

/**
 * Content of a spec file, YAML: what {@link parseSpecFile} of spec-codec.ts reads as the same object. Fields that are
 * undefined are left out; the same object always gives the same bytes.
 */
export function renderSpec<K extends Kind>(object: { kind: K; metadata: SpecMetadata; spec: SpecOf<K> }): string {
  const { name, labels, annotations } = object.metadata;
  const metadata = { name, labels, annotations };
  return stringify({ apiVersion: API_VERSION, kind: object.kind, metadata, spec: object.spec }, STYLE);
}

/** Content of a status file, YAML, with a first line that says who writes it. The same status gives the same bytes. */
export function renderStatus(file: Readonly<StatusFile>): string {
  const { apiVersion, kind, metadata, status } = file;
  return `# Written by cc-controller; never read back.\n${stringify({ apiVersion, kind, metadata, status }, STYLE)}`;
}
