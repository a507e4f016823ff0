"""What the Python programs share: one printed line a check, and the end of the program."""
import json
import os
import sys
import time

failures = 0
# What the runner tells of the cloud behind the server.
facts = json.loads(os.environ.get('CLOUD_FACTS', '{"cannot":{}}'))
# Name of the only image that the cloud has; none where it has those of AWS.
only_image = facts.get('image')


def can(ability):
    return ability not in facts['cannot']


def zone_or(name):
    """The zone to use: this one, where the cloud has those of AWS."""
    return facts.get('zone', name)


class Missing:
    """Stands for what a failed check should have returned, so that checks which need it fail too and say why."""

    def __init__(self, name):
        object.__setattr__(self, '_name', name)

    def _refuse(self, *_):
        raise AssertionError('needs what the failed check "%s" returns' % object.__getattribute__(self, '_name'))

    __getattr__ = __getitem__ = __iter__ = __len__ = __call__ = __str__ = __setattr__ = _refuse


def check(name, *needs):
    """Decorates the body of a check: runs it at once, prints its line, and becomes what it returned. Where the cloud cannot
    do what it needs, it tells that instead."""

    def run(body):
        global failures
        lacking = [ability for ability in needs if not can(ability)]
        if lacking:
            print('not here %s: %s' % (name, facts['cannot'][lacking[0]]))
            return Missing(name)
        try:
            value = body()
            print('ok %s' % name)
            return value
        except Exception as error:
            failures += 1
            print('not ok %s: %s' % (name, ' '.join(('%s: %s' % (type(error).__name__, error)).split())))
            return Missing(name)

    return run


def equal(actual, expected, what):
    if actual != expected:
        raise AssertionError('%s is %r, not %r' % (what, actual, expected))


def holds(condition, what):
    if not condition:
        raise AssertionError('it does not hold that %s' % what)


def refused(code, code_of, call, *args, **named):
    """The call must raise an error with this code; code_of reads it off an error of the client. Returns the error."""
    try:
        answer = call(*args, **named)
    except Exception as error:
        if code_of(error) == code:
            return error
        raise AssertionError('expected %s, got %s: %s' % (code, type(error).__name__, error))
    raise AssertionError('expected %s, but the call succeeded with %.300r' % (code, answer))


def eventually(call, fits, what):
    """Calls again until the answer fits, for states that change behind the client."""
    until = time.monotonic() + 120
    answer = None
    while time.monotonic() < until:
        answer = call()
        if fits(answer):
            return answer
        time.sleep(0.1)
    raise AssertionError('%s did not come; the last answer was %.300r' % (what, answer))


def finish():
    """The last line of every program."""
    sys.exit(1 if failures else 0)


endpoint = os.environ['EC2_ENDPOINT']
host, port = endpoint.split('//')[1].split(':')
port = int(port)
region = os.environ['AWS_DEFAULT_REGION']
account = os.environ['ACCOUNT_ID']
other_account = os.environ['OTHER_ACCOUNT_ID']
access_key = os.environ['AWS_ACCESS_KEY_ID']
secret_key = os.environ['AWS_SECRET_ACCESS_KEY']
other_access_key = os.environ['OTHER_ACCESS_KEY_ID']
other_secret_key = os.environ['OTHER_SECRET_ACCESS_KEY']
