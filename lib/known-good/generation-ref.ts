/** Name under which the mirror keeps the commit of a generation alive. Pure. */
export function generationRef(canonicalUid: string, generation: string): string {
  return `generation-${canonicalUid.slice(0, 8)}-${generation}`;
}
