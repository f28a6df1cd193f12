import { PRELUDE } from './prelude.ts';

/**
 * Redis, Valkey and KeyDB: a key of its own. One that is told to save nothing, or to throw keys away when it is full, is a
 * cache and proves nothing. One that only saves snapshots promises no more than its last: it is told to make one after
 * the key is set. Errors come as answers: whatever is neither a token nor nothing is one.
 */
export const REDIS_CLIENT = `${PRELUDE}
client redis-cli valkey-cli keydb-cli
own_port "\${REDIS_PORT:-6379}"
password=$(value REDIS_PASSWORD VALKEY_PASSWORD REDISCLI_AUTH)
unset REDISCLI_AUTH
[ -z "$password" ] || export REDISCLI_AUTH="$password"
unset password
ask() { "$client" -h 127.0.0.1 -p "$port" --raw "$@" </dev/null; }
passing() {
  case $1 in
    ''|*'Could not connect'*|*LOADING*|*BUSY*|*TRYAGAIN*|*MASTERDOWN*|*'in progress'*|*'closed the connection'*) ;;
    *) return 1 ;;
  esac
}
# What an answer that is not as wanted means.
turn_down() {
  ! passing "$1" || silent "\${1:-no server answers}"
  refuse "$1"
}
said=$(ask PING 2>&1)
case $said in PONG|*"\${newline}PONG") ;; *) turn_down "$said" ;; esac
carriage=$(printf '\\r')
# A field of a section of INFO; empty where it cannot be had.
field() {
  ask INFO "$1" 2>/dev/null | while IFS=: read -r key text; do
    [ "$key" != "$2" ] || printf %s "\${text%"$carriage"}"
  done
}
# Told to keep nothing: for sure, not only because it does not say.
keeps_nothing() {
  [ "$log" = 0 ] || return 1
  rules=$(ask CONFIG GET save 2>/dev/null)
  [ "$rules" = save ] || [ "$rules" = "save$newline" ]
}
plant() {
  [ "$(field replication role)" != slave ] || refuse 'it is the replica of another server'
  log=$(field persistence aof_enabled)
  ! keeps_nothing || { echo 'it is told to keep nothing' >&2; exit 13; }
  case $(field memory maxmemory):$(field memory maxmemory_policy) in
    0:*|:*) ;;
    *:allkeys-*) echo 'it throws keys away when it is full' >&2; exit 13 ;;
  esac
  said=$(ask SET cc_ci_canary "$token" 2>/dev/null)
  [ "$said" = OK ] || turn_down "$said"
  [ "$log" != 1 ] || return 0
  said=$(ask SAVE 2>/dev/null)
  [ "$said" = OK ] || { remove; turn_down "$said"; }
}
remove() { ask DEL cc_ci_canary >/dev/null 2>&1; }
look() {
  said=$(ask GET cc_ci_canary 2>/dev/null) || silent 'it does not answer any more'
  case $said in ''|ccci-*) printf '%s\\n' "$said" ;; *) turn_down "$said" ;; esac
}
answer
`;
