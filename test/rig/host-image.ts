/** Images made of this machine's own programs: seconds, no network, and no other version than that of the machine. */

/** What goes into one. */
export interface HostImage {
  name: string;
  /** Names on PATH, or absolute paths; the libraries that they are linked to come along. */
  programs: readonly string[];
  /** Directories, as they are. */
  trees: readonly string[];
}

/**
 * Programs at their own places; busybox has all other names. Nothing where the engine has the image. Words: its name, a
 * directory that is not there yet, how many programs follow, these, then the trees. Modules `llvmjit` stay behind: with
 * them would come a compiler.
 */
const SCRIPT = `image=$1 tree=$2 programs=$3
shift 3
docker image inspect "$image" >/dev/null 2>&1 && exit 0
PATH=$PATH:/usr/sbin
mkdir -p "$tree/tmp" "$tree/etc" "$tree/bin" "$tree/usr/bin"
chmod 1777 "$tree/tmp"
printf '%s\\n' 'root:x:0:0:root:/:/bin/sh' 'postgres:x:70:70:postgres:/tmp:/bin/sh' >"$tree/etc/passwd"
printf '%s\\n' 'root:x:0:' 'postgres:x:70:' >"$tree/etc/group"
cp "$(command -v busybox)" "$tree/bin/busybox"
linked() { ldd "$1" 2>/dev/null | sed -n 's:^[^/]*\\(/[^ ]*\\) (0x.*:\\1:p'; }
paths=
while [ "$programs" -gt 0 ]; do
  name=$1
  shift
  programs=$((programs - 1))
  path=$(readlink -f "$(command -v "$name")")
  paths="$paths $path $(linked "$path")"
  [ "$path" = "/usr/bin/\${name##*/}" ] || ln -sf "$path" "$tree/usr/bin/\${name##*/}"
done
# From there: coreutils looks for the parents of absolute paths where it stands.
[ $# = 0 ] || (cd / && cp -a --parents "$@" "$tree")
for module in $(find "$tree" -name 'llvmjit*' -prune -exec rm -r {} + -o -name '*.so' -print); do
  paths="$paths $(linked "$module")"
done
cp -r --parents --dereference $(printf '%s\\n' $paths | sort -u) "$tree"
for name in $("$tree/bin/busybox" --list); do
  [ -e "$tree/bin/$name" ] || [ -e "$tree/usr/bin/$name" ] || ln "$tree/bin/busybox" "$tree/bin/$name"
done
[ -e "$tree/bin/sh" ] || ln -s /usr/bin/sh "$tree/bin/sh"
tar -C "$tree" --owner=0 --group=0 -cf - . | docker import --change 'ENV PATH=/usr/sbin:/usr/bin:/sbin:/bin' - "$image"
`;

/** Argv that builds the image unless it is there, by way of a new directory `scratch`, on the engine of `DOCKER_HOST`. Pure. */
export function hostImageCommand({ name, programs, trees }: HostImage, scratch: string): [string, ...string[]] {
  return ['sh', '-euc', SCRIPT, 'sh', name, scratch, String(programs.length), ...programs, ...trees];
}
