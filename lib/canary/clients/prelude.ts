/**
 * What the scripts of all kinds begin with. They run in the shell of the store's own container or process, with the verb
 * (`plant`, `look`, `remove`), the token and the surroundings (`Container`, `Host`) as arguments. On a host other servers
 * may run: there only the service's own port is asked. They print the tokens that they find, one a line, and exit 0; 10:
 * no answer now; 11: refused; 12: no client; 13: nothing is kept here. Passwords go to clients by variables only.
 *
 * Each kind gives `ask` (one request by its client), `passing` (true for what may be otherwise in a moment) and `show`.
 * What is asked may be asked twice. A request that fails leaves nothing behind.
 */
export const PRELUDE = `set -uf
verb=$1 token=$2 where=$3
export LC_ALL=C
newline='
'
silent() { printf '%s\\n' "$*" >&2; exit 10; }
refuse() { printf '%s\\n' "$*" >&2; exit 11; }
# The value of the first variable that has one, or of the file that <name>_FILE names.
value() {
  for name; do
    eval "plain=\\\${$name-} file=\\\${\${name}_FILE-}"
    if [ -n "$plain" ]; then printf %s "$plain"; return; fi
    if [ -n "$file" ] && [ -r "$file" ]; then cat "$file"; return; fi
  done
}
own_port() {
  if [ "$where" = Host ]; then port=\${PORT:-}; else port=$1; fi
  [ -n "$port" ] || refuse "the service has no port of its own"
}
client() {
  for name; do client=$(command -v "$name") && return; done
  printf '%s\\n' "there is no $1 in the service" >&2
  exit 12
}
# The answer is in $out, without warnings; what is said of a failure in $said.
query() {
  out=$(ask "$@" 2>/dev/null) && return
  said=$(ask "$@" 2>&1 >/dev/null) && silent 'it answers only now and then'
  ! passing "$said" || silent "$said"
  return 1
}
# A command for each line of $places; the last failure is in $failed.
each() {
  failed=
  IFS=$newline
  for place in $places; do
    unset IFS
    "$@" "$place" || failed=$said
  done
  unset IFS
}
tell() {
  [ -z "$out" ] || printf '%s\\n' "$out"
  [ "$out" != "$token" ] || found=yes
}
# A place that cannot be looked into counts where the token is not found in another.
look() {
  found=
  each show
  [ -n "$found" ] || [ -z "$failed" ] || refuse "$failed"
}
answer() {
  case $verb in plant) plant ;; remove) remove ;; esac
  look
}
`;
