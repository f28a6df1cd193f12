/**
 * Why the docker CLI refuses a short volume (`source:target:options`); undefined where it takes it. A single letter before
 * a colon is a drive to it, on every system. Pure.
 */
export function volumeSpecFault(spec: string): string | undefined {
  if (spec === '') return ': invalid empty volume spec';
  if (spec.length <= 2) return undefined;
  const sections = sectionsOf(spec);
  if (sections.includes('')) return `: invalid spec: ${spec.slice(0, 80)}: empty section between colons`;
  return sections.length > 3 ? `: invalid spec: ${spec.slice(0, 80)}: too many colons` : undefined;
}

function sectionsOf(spec: string): string[] {
  const sections: string[] = [];
  let section = '';
  for (const char of spec) {
    if (char !== ':' || /^\p{L}$/u.test(section)) {
      section += char;
      continue;
    }
    sections.push(section);
    section = '';
  }
  return [...sections, section];
}
