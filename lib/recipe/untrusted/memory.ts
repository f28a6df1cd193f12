const SIZE = /^(\d{1,15}(?:\.\d{1,9})?) ?([kmgt]?)i?b?$/i;
const POWERS = ['', 'k', 'm', 'g', 't'];

/** Bytes of a size as compose files write it (`512M`, `1gb`, `1GiB`, `1048576`; a unit is 1024 of the one before); undefined where it is none. */
export function memoryBytes(size: string): number | undefined {
  const [, amount, unit = ''] = SIZE.exec(size) ?? [];
  if (amount === undefined) return undefined;
  return Math.floor(Number(amount) * 1024 ** POWERS.indexOf(unit.toLowerCase()));
}
