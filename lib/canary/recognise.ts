import { orNothing } from '../errors.ts';
import type { ClientKind, ExecWithin, Surroundings } from './client-store.ts';

/** What a service is, as far as data goes. `Unknown`: by its name no database. */
export type Recognised = { kind: Exclude<ClientKind, 'sqlite'> } | { unserved: string } | 'Unknown';

type ServerKind = Exclude<ClientKind, 'sqlite'>;

const IMAGES: readonly { kind: ServerKind; names: RegExp }[] = [
  {
    kind: 'postgres',
    names: /^(postgres|postgresql|postgresql-repmgr|postgis|pgvector|timescaledb(-ha)?|pgvecto-rs)$/,
  },
  { kind: 'mariadb', names: /^(mariadb|mariadb-galera|mysql|mysql-server|percona|percona-server)$/ },
  { kind: 'redis', names: /^(redis|redis-stack(-server)?|valkey|keydb)$/ },
];
/** Databases that keep data in a form of their own and to which nothing here speaks. */
const UNSERVED =
  /^(mongo|(percona-server-)?mongodb|mongodb-community-server|couchdb|couchbase|cassandra|scylla|neo4j|influxdb|clickhouse(-server)?|cockroach|rethinkdb|arangodb|etcd|surrealdb|mssql-server|server-mssql|ferretdb|tidb|questdb|dragonfly|redict|qdrant|weaviate|milvus|memgraph|ravendb|aerospike-server|rqlite)$/;
/** Servers whose data is made from other data: they count where it is saved all the same. */
const DERIVED = /^(elasticsearch|opensearch|solr|meilisearch|typesense)$/;
/** Names by which people call a database of their own. */
const CALLED_DATABASE = /(db|sql|database|datastore)$/;

/** By the last part of an image's name, without registry, tag and digest. Pure. */
export function recogniseImage(image: string): Recognised {
  const name = lastPart(image);
  const found = IMAGES.find(({ names }) => names.test(name));
  if (found) return { kind: found.kind };
  return UNSERVED.test(name) || DERIVED.test(name) ? { unserved: name } : 'Unknown';
}

/** The name of an image that says database and no more; undefined: it does not. Pure. */
export function calledDatabase(image: string): string | undefined {
  const name = lastPart(image);
  return CALLED_DATABASE.test(name) ? name : undefined;
}

/** True for a search index and its like, which can be made again. Pure. */
export function isDerived(unserved: string): boolean {
  return DERIVED.test(unserved);
}

function lastPart(image: string): string {
  return (image.split('@')[0] ?? '').split('/').at(-1)?.split(':')[0]?.toLowerCase() ?? '';
}

/** Names of server processes → what they are. */
const SERVERS: Readonly<Record<string, ServerKind>> = {
  postgres: 'postgres',
  postmaster: 'postgres',
  mariadbd: 'mariadb',
  mysqld: 'mariadb',
  'redis-server': 'redis',
  'valkey-server': 'redis',
  'keydb-server': 'redis',
};
/** As the kernel has them: 15 bytes. */
const UNSERVED_SERVERS = [
  ...['mongod', 'etcd', 'influxd', 'clickhouse-serv', 'cockroach', 'rethinkdb', 'arangod', 'surreal', 'tidb-server'],
  ...['dragonfly', 'redict-server', 'qdrant', 'weaviate', 'memgraph', 'rqlited', 'fdbserver', 'couchbase-serv'],
];
const MARK = 'cc_ci_server=';
const PROBE_TIMEOUT_MS = 20_000;

/**
 * The processes of a container by name. On a host all processes can be seen: there each server that runs at all is asked
 * whether it answers at the service's own port.
 */
const PROBE = `seen=
for file in /proc/[0-9]*/comm; do
  read -r name 2>/dev/null <"$file" || continue
  case " $seen " in *" $name "*) ;; *) seen="$seen $name" ;; esac
done
say() { printf '%s%s\\n' "${MARK}" "$1"; }
has() { case " $seen " in *" $1 "*) return 0 ;; esac; return 1; }
if [ "$1" != Host ]; then
  for name in $seen; do say "$name"; done
  exit 0
fi
[ -n "\${PORT-}" ] || exit 0
if has postgres && command -v pg_isready >/dev/null; then
  pg_isready -q -h 127.0.0.1 -p "$PORT" -t 3
  [ $? -gt 1 ] || { say postgres; exit 0; }
fi
if has redis-server && command -v redis-cli >/dev/null; then
  case $(timeout 3 redis-cli -h 127.0.0.1 -p "$PORT" PING 2>/dev/null </dev/null) in PONG|NOAUTH*|LOADING*) say redis-server; exit 0 ;; esac
fi
if { has mariadbd || has mysqld; } && command -v mariadb-admin >/dev/null; then
  timeout 5 mariadb-admin --protocol=tcp -h 127.0.0.1 -P "$PORT" --connect-timeout=3 ping >/dev/null 2>&1 </dev/null && say mariadbd
fi
exit 0
`;

/**
 * By what runs and answers in the service. A service without a shell, or that does not run, is `Unknown`.
 * @throws CcError as `exec`, but for `NotFound`.
 */
export async function recogniseServer(
  service: string,
  surroundings: Surroundings,
  exec: ExecWithin,
): Promise<Recognised> {
  const argv = ['/bin/sh', '-c', PROBE, 'sh', surroundings];
  const result = await orNothing(exec(service, argv, PROBE_TIMEOUT_MS), 'NotFound');
  return result === undefined ? 'Unknown' : recogniseProcesses(result.stdout);
}

/** Pure. */
export function recogniseProcesses(probed: string): Recognised {
  const lines = probed.split('\n').filter((line) => line.startsWith(MARK));
  const names = lines.map((line) => line.slice(MARK.length).trim());
  const known = names.find((name) => Object.hasOwn(SERVERS, name));
  if (known !== undefined && SERVERS[known] !== undefined) return { kind: SERVERS[known] };
  const unserved = names.find((name) => UNSERVED_SERVERS.includes(name));
  return unserved === undefined ? 'Unknown' : { unserved };
}
