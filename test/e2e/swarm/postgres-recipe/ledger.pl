# A web face of the database: every request asks it over the network, with the password that the secret holds.
use strict;
use warnings;
use IO::Socket::INET;

$SIG{PIPE} = 'IGNORE';
open my $secret, '<', $ENV{DATABASE_PASSWORD_FILE} or die "no password: $!";
my $password = join '', <$secret>;

# Answer of psql to one command, and whether it went well.
sub ask {
    my ($with, @sql) = @_;
    local %ENV = (%ENV, PGPASSWORD => $with, PGCONNECT_TIMEOUT => 3);
    my @words = ('psql', '--host', $ENV{DATABASE_HOST}, '--username', 'ledger', '--dbname', 'ledger');
    push @words, '--no-psqlrc', '--tuples-only', '--no-align', '--quiet', '--set=ON_ERROR_STOP=1';
    my $child = open(my $out, '-|') // die "fork: $!";
    if ($child == 0) {
        open STDERR, '>&', \*STDOUT;
        exec @words, map { ('--command', $_) } @sql;
        exit 127;
    }
    my $text = join '', <$out>;
    close $out;
    return ($? == 0, $text);
}

my $make = 'CREATE TABLE IF NOT EXISTS entries (id int PRIMARY KEY, what text NOT NULL)';
my %answers = (
    'GET /' => sub { ask($password, "SELECT 'the ledger is open'") },
    'PUT /entries' => sub {
        ask($password, $make, "INSERT INTO entries SELECT n, 'entry ' || n FROM generate_series(1, 500) n");
    },
    'GET /entries' => sub { ask($password, "SELECT count(*) || ' entries, ' || md5(string_agg(what, ',' ORDER BY id)) FROM entries") },
    'DELETE /entries' => sub { ask($password, 'DROP TABLE entries') },
    'GET /settings' => sub { ask($password, "SELECT name || '=' || setting FROM pg_settings WHERE name LIKE '%work_mem'") },
    'GET /intruder' => sub {
        my ($in, $text) = ask(scalar reverse($password), 'SELECT 1');
        return (1, !$in && $text =~ /password authentication failed/ ? 'refused' : 'let in or no answer');
    },
);

if (($ARGV[0] // '') eq 'check') {
    my ($fine, $text) = $answers{'GET /'}->();
    print $text;
    exit($fine ? 0 : 1);
}

my $server = IO::Socket::INET->new(LocalPort => 8080, Listen => 20, ReuseAddr => 1) or die "listen: $!";
$SIG{TERM} = sub { exit 0 };
$| = 1;
print "the ledger listens\n";
while (1) {
    my $client = $server->accept or next;
    my $request = <$client> // '';
    while (defined(my $line = <$client>)) { last if $line =~ /^\r?\n$/ }
    my ($method, $path) = split ' ', $request;
    my $answer = $answers{($method // '') . ' ' . ($path // '')};
    my ($fine, $text) = $answer ? $answer->() : (0, "nothing here\n");
    my $status = $fine ? '200 OK' : $answer ? '503 Service Unavailable' : '404 Not Found';
    print "$status ", $request =~ s/\s+$//r, $fine ? '' : ": $text", "\n";
    print $client "HTTP/1.1 $status\r\nContent-Length: ", length $text, "\r\nConnection: close\r\n\r\n$text";
    close $client;
}
