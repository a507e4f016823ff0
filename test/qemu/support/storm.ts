import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Entry } from '../../../src/drivers/qemu/images/mini/cpio.ts';

/**
 * Misbehaves on the network of a guest, as fast as it can: `storm KIND SECONDS NAME=VALUE…`. Names: `me`, `to` (the neighbour's
 * address), `mac` (its MAC address), `out` (the first three numbers of a network outside that answers nobody).
 */
const storm = String.raw`#!/bin/perl
srand 1;
setpriority 0, 0, 19;
my ($kind, $seconds) = splice @ARGV, 0, 2;
my %at = map { split /=/, $_, 2 } @ARGV;
sub line { open(my $file, '<', $_[0]) or die "$_[0]: $!"; my $line = <$file>; chomp $line; $line }
sub mac { my $digits = shift; $digits =~ tr/://d; pack 'H12', $digits }
sub ip { pack 'C4', split /\./, $_[0] }
my $mine = mac(line('/sys/class/net/eth0/address'));
my ($all, $router, $theirs) = (mac('ffffffffffff'), mac('02005e000001'), mac($at{mac} // '020000000001'));
my ($me, $to, $gateway, $dns) = (ip($at{me}), ip($at{to}), ip('172.31.0.1'), ip('172.31.0.2'));
my ($metadata, $everyone) = (ip('169.254.169.254'), ip('255.255.255.255'));
my $loud = 'x' x 1400;

sub sum {
  my $sum = unpack '%32n*', $_[0] . (length($_[0]) % 2 ? "\0" : '');
  $sum = ($sum & 0xffff) + ($sum >> 16) while $sum >> 16;
  ~$sum & 0xffff;
}
sub ether { my ($dst, $type, $body, $src) = @_; $dst . ($src // $mine) . pack('n', $type) . $body }
sub packet {
  my ($src, $dst, $protocol, $body, %odd) = @_;
  my $options = $odd{options} // '';
  my $head = 20 + length $options;
  my @lengths = (($odd{version} // 4) << 4 | ($odd{words} // $head / 4), 0, $odd{total} // $head + length $body);
  my $made = pack('CCnnnCCn', @lengths, int rand 65536, $odd{fragment} // 0, 64, $protocol, 0) . $src . $dst . $options;
  substr $made, 10, 2, pack 'n', $odd{sum} // sum($made);
  $made . $body;
}
sub udp { my ($src, $dst, $from, $into, $text, @odd) = @_; packet($src, $dst, 17, pack('nnnn', $from, $into, 8 + length $text, 0) . $text, @odd) }
sub tcp {
  my ($src, $dst, $from, $into, $flags, $more, @odd) = @_;
  my $made = pack('nnNNCCnnn', $from, $into, int rand 2 ** 32, 0, 0x50 + 4 * length $more, $flags, 65535, 0, 0) . $more;
  substr $made, 16, 2, pack 'n', sum($src . $dst . pack('CCn', 0, 6, length $made) . $made);
  packet($src, $dst, 6, $made, @odd);
}
sub echo { my ($src, $dst, $text) = @_; my $made = pack('CCnnn', 8, 0, 0, 7, 1) . $text; substr $made, 2, 2, pack 'n', sum($made); packet($src, $dst, 1, $made) }
sub arp { my ($what, $smac, $sip, $tmac, $tip) = @_; pack('nnCCn', 1, 0x0800, 6, 4, $what) . $smac . $sip . $tmac . $tip }
sub discover { udp(ip('0.0.0.0'), $everyone, 68, 67, pack('CCCCNnnx16a16x192N', 1, 1, 6, 0, 7, 0, 0, $_[0], 0x63825363) . "\x35\x01\x01\xff") }
sub question { udp($me, $dns, 1024 + int rand 60000, 53, pack('n6', 1, 0x0100, 1, 0, 0, 0) . "\x04host\x03lab\0" . pack('nn', 1, 1)) }

# Whom it may speak to, more than anybody can take.
sub flood { (
  (map { my $size = $_; map { ether($_->[0], 0x0800, udp($me, $_->[1], 1024 + int rand 60000, 9, 'x' x $size)) }
    [$theirs, $to], [$router, $to], [$router, $gateway], [$all, $everyone], [$all, ip('172.31.15.255')] } 10, 1400, 8900),
  (map { ether($router, 0x0800, echo($me, $_, $loud)) } $gateway, $to, $metadata),
  ether($all, 0x0806, arp(1, $mine, $me, $all, $gateway)), ether($all, 0x0800, discover($mine)), ether($router, 0x0800, question()),
  map { ether($router, 0x0800, tcp($me, $metadata, 1024 + int rand 60000, 80, 2, '')) } 1 .. 8
) }

# What nobody may send.
sub malformed {
  my $sound = ether($router, 0x0800, tcp($me, $to, 4000, 80, 2, ''));
  my @bad = (
    '', $mine, substr($sound, 0, 14), (map { substr $sound, 0, $_ } 15 .. 53),
    (map { ether($router, $_, $loud) } 0, 0x05dc, 0x86dd, 0x8100, 0x88a8, 0x8847, 0x8863, 0x88cc, 0x9000, 0xffff),
    (map { ether($router, 0x0800, udp($me, $to, 1, 9, $loud, %$_)) } { total => 0 }, { total => 19 }, { total => 65535 }, { words => 0 },
      { words => 4 }, { words => 15 }, { version => 0 }, { version => 6 }, { sum => 0 }, { sum => 1 }, { fragment => 0x1fff },
      { fragment => 0x3fff }, { fragment => 0x2000 }, { fragment => 1 }, { options => "\x44\x28\x05\x00" . 'x' x 36 },
      { options => "\x83\x27\x04" . 'x' x 37 }, { options => "\x07\0" x 20 }, { options => "\x94\xff\0\0" }),
    (map { ether($router, 0x0800, packet($me, $_, 17, pack('nnnn', 5, 53, 65535, 7) . $loud)) } $to, $dns, $gateway, $everyone),
    (map { ether($router, 0x0800, packet($me, $_, 6, pack('nnNNCCnnn', 5, 80, 0, 0, 0xf0, 0x3f, 0, 7, 9))) } $to, $metadata),
    (map { ether($router, 0x0800, tcp($me, $_, 7, 80, 2, "\x02\x00\x03\xff" x 10)) } $to, $metadata),
    (map { ether($router, 0x0800, packet($me, $to, 1, pack('CCnN', $_, 0, 0, 0) . $loud)) } 0 .. 45),
    (map { ether($router, 0x0800, packet($me, $to, $_, '')) } 0 .. 255),
    (map { ether($all, 0x0806, substr arp(1, $mine, $me, $all, $gateway), 0, $_) } 0 .. 27), ether($all, 0x0806, "\xff" x 28),
    ether($all, 0x0800, udp($me, $everyone, 68, 67, "\1\1\6\0" . "\xff" x 300)),
  );
  my @good = ($sound, flood());
  for (1 .. 1500) {
    my $frame = $good[int rand @good];
    substr $frame, 12 + int rand(length($frame) - 12), 1, chr int rand 256 for 0 .. int rand 4;
    push @bad, $frame;
  }
  @bad;
}

# As if it were others.
sub spoof { my @others = ($to, $gateway, $dns, $metadata, ip('127.0.0.1'), ip('172.31.0.77'), ip('8.8.8.8'), $everyone); (
  (map { my $other = $_; map { (ether($router, 0x0800, udp($other, $_, 67, 68, $loud)), ether($theirs, 0x0800, tcp($other, $_, 80, 4000, 0x12, '')),
    ether($theirs, 0x0800, udp($other, $_, 53, 4000, $loud), $router)) } $to, $gateway, $metadata, $everyone } @others),
  (map { my $mac = $_; map { ether($mac, 0x0806, arp(2, $mine, $_, $theirs, $to)), ether($mac, 0x0806, arp(1, $mine, $_, $all, $_)),
    ether($mac, 0x0806, arp(2, $router, $_, $theirs, $to), $router) } @others } $all, $theirs),
  (map { ether($all, 0x0800, discover($_)) } $theirs, $router),
  ether($all, 0x0800, udp($me, $me, 68, 67, 'x'), $theirs), ether($theirs, 0x0800, udp($gateway, $to, 67, 68, "\2\1\6\0" . 'x' x 300))
) }

# More connections than anybody keeps.
sub flows {
  my @ways = map { my ($port, $last) = (1024 + $_, 1 + $_ % 200);
    my $out = ip("$at{out}.$last");
    ether($router, 0x0800, tcp($me, $out, $port, 1 + $_ % 999, 2, '')), ether($router, 0x0800, udp($me, $out, $port, 1 + $_ % 999, 'x')),
    ether($theirs, 0x0800, tcp($me, $to, $port, 1 + $_, 2, '')), ether($theirs, 0x0800, udp($me, $to, $port, 1 + $_, 'x')) } 1 .. 6000;
}

# Many at once who ask for metadata without end: some read the answers, some never do, some never ask to the end.
sub asking {
  $SIG{PIPE} = 'IGNORE';
  my @children = map { my $number = $_; my $pid = fork; $pid or ask_on($number) } 1 .. 3;
  waitpid $_, 0 for @children;
  print "asked\n";
}
sub ask_on {
  my $number = shift;
  my @held;
  alarm $seconds;
  for (;;) {
    socket(my $door, 2, 1, 0) or die "no socket: $!";
    connect($door, pack 'Sna4x8', 2, 80, $metadata) or next;
    my $asked = "GET /latest/dynamic/instance-identity/pkcs7 HTTP/1.1\r\nHost: x\r\n";
    if ($number % 3 == 0) { syswrite $door, $asked . "Connection: close\r\n\r\n"; 1 while sysread $door, my $read, 65536 }
    elsif ($number % 3 == 1) { 1 while syswrite $door, "$asked\r\n" x 50 }
    else { syswrite $door, $asked; push @held, $door; shift @held if @held > 100 }
  }
}

# How far the greeting of the metadata service, and its answer with a token, would go.
sub hops {
  socket(my $wire, 17, 3, unpack 'S', pack 'n', 0x0800) or die "no raw socket: $!";
  socket(my $door, 2, 1, 0) or die "no socket: $!";
  connect($door, pack 'Sna4x8', 2, 80, $metadata) or die "nobody is there: $!";
  syswrite $door, "PUT /latest/api/token HTTP/1.0\r\nX-aws-ec2-metadata-token-ttl-seconds: 60\r\nContent-Length: 0\r\n\r\n";
  1 while sysread $door, my $read, 65536;
  my %far;
  while (defined recv $wire, my $frame, 65536, 0x40) {
    next unless substr($frame, 26, 4) eq $metadata;
    my $what = (ord(substr $frame, 47, 1) & 2) ? 'greeting' : $frame =~ /token-ttl/i ? 'token' : next;
    $far{$what} = ord substr $frame, 22, 1;
  }
  print "greeting $far{greeting}, token $far{token}\n";
}

$| = 1;
if ($kind eq 'hops') { hops(); exit }
if ($kind eq 'metadata') { asking(); exit }
my %kinds = (flood => \&flood, malformed => \&malformed, spoof => \&spoof, flows => \&flows);
my @frames = $kinds{$kind}->();
socket(my $wire, 17, 3, 0) or die "no raw socket: $!";
my $door = pack 'SnlSCCa8', 17, 3, line('/sys/class/net/eth0/ifindex'), 1, 0, 6, $all;
my ($end, $sent) = (time + $seconds, 0);
while (time < $end) { for (@frames) { $sent++ if defined send $wire, $_, 0, $door } }
print "sent $sent\n";
`;

/** Perl of this computer with its libraries, and the program `/bin/storm`, for a ramdisk. */
export function stormEntries(): readonly Entry[] {
  const perl = execFileSync('which', ['perl'], { encoding: 'utf8' }).trim();
  const libraries = [...execFileSync('ldd', [perl], { encoding: 'utf8' }).matchAll(/(\/\S+) \(0x/g)].map(
    ([, path]) => path!,
  );
  const folders = new Set(libraries.flatMap((path) => parentsOf(path.slice(1))));
  return [
    ...[...folders].map((name) => ({ name })),
    ...libraries.map((path) => ({ name: path.slice(1), mode: 0o755, data: readFileSync(path) })),
    { name: 'bin/perl', mode: 0o755, data: readFileSync(perl) },
    { name: 'bin/storm', mode: 0o755, data: storm },
  ];
}

/** The folders above a path, the outermost first. */
function parentsOf(path: string): readonly string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, at) => parts.slice(0, at + 1).join('/'));
}
