/**
 * What the scripts of all kinds begin with. They run in the shell of the store's own container or process, with the verb
 * (`plant`, `look`, `remove`), the token and the surroundings (`Container`, `Host`) as arguments. On a host other servers
 * may run: there only the service's own port is asked. They print the tokens that they find, one a line, and exit 0; 10:
 * no answer now; 11: refused; 12: no client; 13: nothing is kept here. Passwords go to clients by variables only.
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
answer() {
  case $verb in plant) plant ;; remove) remove ;; esac
  look
}
`;
