import { PRELUDE } from './prelude.ts';

/**
 * Redis, Valkey and KeyDB: a key of its own. One that is told to save nothing is a cache and proves nothing. One that
 * only saves snapshots promises no more than its last: it is told to make one after the key is set.
 */
export const REDIS_CLIENT = `${PRELUDE}
client redis-cli valkey-cli keydb-cli
own_port "\${REDIS_PORT:-6379}"
password=$(value REDIS_PASSWORD VALKEY_PASSWORD REDISCLI_AUTH)
unset REDISCLI_AUTH
[ -z "$password" ] || export REDISCLI_AUTH="$password"
ask() { "$client" -h 127.0.0.1 -p "$port" --raw "$@" </dev/null 2>&1; }
said=$(ask PING)
case $said in
  PONG|*"\${newline}PONG") ;;
  *'Could not connect'*|*LOADING*|*BUSY*|*'closed the connection'*|'') silent "\${said:-no server answers}" ;;
  *) refuse "$said" ;;
esac
unset password
second() { set -- $1; printf %s "\${2-}"; }
log=$(second "$(ask CONFIG GET appendonly)")
snapshots=$(second "$(ask CONFIG GET save)")
plant() {
  [ "$log" != no ] || [ -n "$snapshots" ] || { echo 'it is told to keep nothing' >&2; exit 13; }
  said=$(ask SET cc_ci_canary "$token")
  case $said in *OK) ;; *) refuse "$said" ;; esac
  [ "$log" = no ] || return 0
  said=$(ask SAVE)
  case $said in *OK) ;; *progress*) silent "$said" ;; *) refuse "$said" ;; esac
}
remove() { ask DEL cc_ci_canary >/dev/null; }
look() { ask GET cc_ci_canary; }
answer
`;
