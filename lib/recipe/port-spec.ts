import { isIP } from 'node:net';

const PROTOCOLS = new Set(['tcp', 'udp', 'sctp']);
const HIGHEST = 65_535;

/** Whether a text is a short port entry to the docker CLI: `[ip:][published:]target[/protocol]`, ranges too. Pure. */
export function isPortSpec(text: string): boolean {
  const parts = text.split(':');
  const [port = '', protocol = 'tcp'] = (parts.at(-1) ?? '').split('/');
  const published = parts.at(-2) ?? '';
  const target = rangeOf(port);
  if (target === undefined || !PROTOCOLS.has((protocol || 'tcp').toLowerCase())) return false;
  if (!isAddress(parts.slice(0, -2).join(':'))) return false;
  if (published === '') return true;
  const outside = rangeOf(published);
  return outside !== undefined && (outside === target || target === 0);
}

function isAddress(text: string): boolean {
  const bracketed = /^\[(.*)\]$/.exec(text)?.[1];
  const address = bracketed ?? text;
  return address === '' || (isIP(address) !== 0 && !address.includes('%'));
}

/** How many ports follow the first of a range; undefined where the text is none. */
function rangeOf(text: string): number | undefined {
  const [first, last = first] = text.split('-').map(portOf);
  return first === undefined || last === undefined || last < first ? undefined : last - first;
}

function portOf(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) && Number(text) <= HIGHEST ? Number(text) : undefined;
}
