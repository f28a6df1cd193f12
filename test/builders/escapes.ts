import { readdirSync, readFileSync } from 'node:fs';
import { isLiving, readStat } from '../../lib/exec/process-identity.ts';

/** A way in which a program of a recipe tries to outlive whoever started it. */
export interface Escape {
  kind: string;
  /** Without cgroups nothing is left by which it could be found, or it is another process each time somebody looks. */
  needsCgroups?: true;
  /** It keeps its environment, and with it the token. */
  keepsEnvironment?: true;
}

export const ESCAPES: readonly Escape[] = [
  { kind: 'Session', keepsEnvironment: true },
  { kind: 'DoubleFork' },
  { kind: 'OverwrittenEnvironment', keepsEnvironment: true },
  { kind: 'WritesInVolume' },
  { kind: 'ReadsInVolume' },
  { kind: 'DeepInVolume' },
  { kind: 'HoldsNothing', needsCgroups: true },
  { kind: 'ForkLoop', needsCgroups: true },
  { kind: 'Stopped' },
  { kind: 'Deaf' },
];

/**
 * Perl: `escape.pl KIND MARKER VOLUME READY`. Flees into a session of its own as a grandchild, then does as its kind says;
 * READY is written once it has fled. The marker is in its command line; a long one lies over its environment. It ends by itself
 * after minutes.
 */
export const ESCAPE_SCRIPT = `use strict;
use POSIX ();
my ($kind, $marker, $volume, $ready) = @ARGV;
if ($kind eq 'Session') { exit 0 if fork; POSIX::setsid(); }
else { exit 0 if fork; POSIX::setsid(); exit 0 if fork; }
$SIG{TERM} = 'IGNORE' if $kind eq 'Deaf' || $kind eq 'HoldsNothing';
my $held;
if ($kind eq 'WritesInVolume') { open($held, '>>', "$volume/held") or die; chdir '/'; }
if ($kind eq 'ReadsInVolume') { open($held, '>', "$volume/held") or die; close $held; open($held, '<', "$volume/held") or die; chdir '/'; }
if ($kind eq 'DeepInVolume') { my $name = 'd' x 200; chdir $volume or die; for (1 .. 30) { mkdir $name; chdir $name or die; } }
if ($kind eq 'HoldsNothing') { chdir '/'; }
open(STDIN, '<', '/dev/null'); open(STDOUT, '>', '/dev/null'); open(STDERR, '>', '/dev/null');
$0 = $marker . ' ' . 'x' x 8000 unless $kind eq 'Session';
open(my $said, '>', "$ready.tmp") or die; print $said $$; close $said; rename("$ready.tmp", $ready);
if ($kind eq 'ForkLoop') { for (1 .. 2000) { exit 0 if fork; select(undef, undef, undef, 0.002); } }
kill 'STOP', $$ if $kind eq 'Stopped';
sleep 1 for 1 .. 300;
`;

/** Shell: flees by the script beside it and goes on once it has fled. */
export function escapingShell({ kind, keepsEnvironment }: Escape, marker: string, ready: string): string {
  const clean = keepsEnvironment ? '' : 'env -i ';
  return `${clean}/usr/bin/perl ./escape.pl ${kind} ${marker} "\${CCCI_VOLUME_DATA:-.}" ${ready} &
while [ ! -s ${ready} ]; do sleep 0.02; done
`;
}

/** Living processes whose command line holds the marker. */
export async function fled(marker: string): Promise<number[]> {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const marked = pids.map(Number).filter((pid) => commandLine(pid).includes(marker));
  const stats = await Promise.all(marked.map(readStat));
  return stats.flatMap((stat) => (stat && isLiving(stat) ? [stat.pid] : []));
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}
