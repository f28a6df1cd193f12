import { calledDatabase, recogniseImage } from '../canary/recognise.ts';
import { type Finding, finding } from './finding.ts';
import { compareNumbers, readImageName, readTagVersion } from './image-name.ts';
import { dataMounts, type Pair, type ServicePair, servicesOfBoth } from './pair.ts';

/** Images of databases: another major, another product, another system below, an older one, or who knows which. Pure. */
export function databaseFindings(pair: Pair): Finding[] {
  return servicesOfBoth(pair)
    .filter(({ before }) => isDatabase(before.image))
    .flatMap((service) => [...databaseStep(service), ...settingsStep(service)]);
}

/** Images of other services that work on data: another product, or an older version. Pure. */
export function imageFindings(pair: Pair): Finding[] {
  return servicesOfBoth(pair)
    .filter(({ before }) => !isDatabase(before.image))
    .flatMap(({ name, before, after }) => {
      if (before.image === after.image) return [];
      const [was, is] = [readImageName(before.image), readImageName(after.image)];
      const hasData = dataMounts(pair.from.plan, before).length > 0;
      if (was.repository !== is.repository)
        return hasData ? [finding('ImageReplaced', name, step(before.image, after.image))] : [];
      const order = compareNumbers(readTagVersion(is.tag).numbers, readTagVersion(was.tag).numbers);
      return order < 0 ? [finding('ImageOlder', name, step(before.image, after.image))] : [];
    });
}

function isDatabase(image: string): boolean {
  return recogniseImage(image) !== 'Unknown' || calledDatabase(image) !== undefined;
}

function databaseStep({ name, before, after }: ServicePair): Finding[] {
  const [was, is] = [readImageName(before.image), readImageName(after.image)];
  const detail = step(before.image, after.image);
  if (was.repository !== is.repository) return [finding('DatabaseReplaced', name, detail)];
  if (before.image === after.image && is.digest !== '') return [];
  const [from, to] = [readDatabaseTag(was.product, was.tag), readDatabaseTag(is.product, is.tag)];
  if (from.series === undefined || to.series === undefined) return [finding('UnsureDatabase', name, detail)];
  if (from.series !== to.series)
    return [finding(compareNumbers(to.numbers, from.numbers) < 0 ? 'DatabaseOlder' : 'DatabaseMajor', name, detail)];
  if (compareNumbers(to.numbers, from.numbers) < 0) return [finding('DatabaseOlder', name, detail)];
  return from.flavour === to.flavour ? [] : [finding('DatabaseFlavour', name, detail)];
}

interface DatabaseTag {
  numbers: readonly number[];
  flavour: string;
  /** What must not change under data; undefined: the tag does not say. */
  series: string | undefined;
}

/** Servers with the kinds of a client, whose series are known; of others two numbers are asked for, or what there is. */
const ONE_NUMBER = /^(?:postgres(?:ql)?(?:-repmgr)?|redis|redis-stack(?:-server)?|valkey|keydb)$/;
const TWO_NUMBERS = /^(?:mariadb|mariadb-galera|mysql|mysql-server|percona|percona-server)$/;

/** PostgreSQL with extensions, which have to be brought up by hand as well: `16-3.4`, `2.14.2-pg16`, `pg16-v0.2.0`. */
const EXTENDED = /^(?:postgis|pgvector|pgvecto-rs|timescaledb(?:-ha)?)$/;
const SYSTEM = /(?:alpine|trixie|bookworm|bullseye|buster|debian|ubuntu|jammy|noble)-?[\d.]*/gi;

function readDatabaseTag(product: string, tag: string): DatabaseTag {
  const { numbers, flavour } = readTagVersion(tag);
  if (EXTENDED.test(product) || /(?:^|[^a-z])pg-?\d/i.test(tag)) {
    const groups = [...tag.replaceAll(SYSTEM, '').matchAll(/\d+(?:\.\d+)*/g)].map(([text]) =>
      text.split('.').map(Number),
    );
    const series = groups.map((group) => group.slice(0, 2).join('.')).join(' ');
    return { numbers: groups.flat(), flavour, series: series === '' ? undefined : series };
  }
  const depth = seriesDepth(product, numbers);
  const isKnown = numbers.length > 0 && (numbers.length >= depth || !TWO_NUMBERS.test(product));
  return { numbers, flavour, series: isKnown ? numbers.slice(0, depth).join('.') : undefined };
}

/** PostgreSQL counts by one number since 10. */
function seriesDepth(product: string, [first = 0]: readonly number[]): number {
  return ONE_NUMBER.test(product) && !(product.startsWith('postgres') && first < 10) ? 1 : 2;
}

/** Read at the first start, when there is no data yet. */
const FIRST_START =
  /^(?:(?:POSTGRES|POSTGRESQL|MYSQL|MARIADB|MONGO(?:DB)?|COUCHDB)_(?:\w*(?:DB|DATABASE|USER|USERNAME|PASSWORD|PASSWORD_FILE|ARGS))|PGDATA)$/;

function settingsStep({ name, before, after }: ServicePair): Finding[] {
  const keys = new Set([...Object.keys(before.environment), ...Object.keys(after.environment)]);
  return [...keys]
    .filter((key) => FIRST_START.test(key) && before.environment[key] !== after.environment[key])
    .map((key) => finding('DatabaseSettings', name, `${key} changed`));
}

function step(before: string, after: string): string {
  return before === after ? `is ${after || 'without a name'}` : `was ${before}, is ${after || 'without a name'}`;
}
