# What the Ruby program shares with the others: one printed line a check, and the end of the program.

require 'json'

$stdout.sync = true
$failures = 0
# What the runner tells of the cloud behind the server.
FACTS = JSON.parse(ENV.fetch('CLOUD_FACTS', '{"cannot":{}}'))

def can(ability)
  !FACTS['cannot'].key?(ability)
end

# The zone to use: this one, where the cloud has those of AWS.
def zone_or(name)
  FACTS.fetch('zone', name)
end

# Runs one check and prints its line; where the cloud cannot do what it needs, tells that instead. Returns what the block
# returned; after a failure nil, so that checks which need it fail too.
def check(name, *needs)
  lacking = needs.find { |ability| !can(ability) }
  if lacking
    puts "not here #{name}: #{FACTS['cannot'][lacking]}"
    return nil
  end
  value = yield
  puts "ok #{name}"
  value
rescue StandardError => e
  $failures += 1
  at = e.backtrace.to_a.find { |line| line.include?('/fog/compute.rb') }.to_s[/\d+/]
  puts "not ok #{name}: #{"#{e.class}: #{e.message} (line #{at})".gsub(/\s+/, ' ')[0, 600]}"
  nil
end

def equal(actual, expected, what)
  raise "#{what} is #{actual.inspect}, not #{expected.inspect}" unless actual == expected
end

def holds(condition, what)
  raise "it does not hold that #{what}" unless condition
end

# The block must raise an error of fog for this code of EC2. Fog keeps what follows the last dot: as a class of its own
# for what is not found, before an arrow for everything else.
def refused(code)
  answer = yield
rescue Fog::Errors::Error => e
  last = code.split('.').last
  told = last == 'NotFound' ? e.is_a?(Fog::AWS::Compute::NotFound) : e.message.start_with?("#{last} => ")
  raise "expected #{code}, got #{e.class}: #{e.message}" unless told
else
  raise "expected #{code}, but the call succeeded with #{answer.inspect[0, 300]}"
end

# Runs the block again until it gives something.
def eventually(what)
  until_then = Process.clock_gettime(Process::CLOCK_MONOTONIC) + 120
  while Process.clock_gettime(Process::CLOCK_MONOTONIC) < until_then
    found = yield
    return found if found

    sleep 0.1
  end
  raise "#{what} did not come"
end

def finish
  exit($failures.zero? ? 0 : 1)
end
