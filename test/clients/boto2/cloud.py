"""boto 2 as its old scripts use it: API version 2014-10-01, requests by GET; signatures of version 4 and of version 2."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'checks'))

from boto.ec2.regioninfo import RegionInfo  # noqa: E402
from boto.exception import EC2ResponseError  # noqa: E402
from boto.vpc import VPCConnection  # noqa: E402
from check import access_key, host, only_image, port, region, secret_key  # noqa: E402
import check as checks  # noqa: E402


class SignatureTwo(VPCConnection):
    """What scripts for private clouds did before boto 2 signed with version 4 everywhere."""

    def _required_auth_capability(self):
        return ['ec2']


def connect(kind=VPCConnection, secret=secret_key):
    """A connection of this account."""
    connection = kind(access_key, secret, region=RegionInfo(name=region, endpoint=host), is_secure=False, port=port, path='/')
    # Off AWS, boto 2 cannot read the region and the service off the host's name.
    connection.auth_region_name = region
    connection.auth_service_name = 'ec2'
    connection.num_retries = 0
    return connection


ec2 = connect()


def refused(code, call, *args, **named):
    """The call must raise boto's error with this code. Returns it."""
    return checks.refused(code, lambda error: isinstance(error, EC2ResponseError) and error.error_code, call, *args, **named)


def until(thing, state):
    """What scripts with boto 2 do in place of waiters: update until the state is there."""
    checks.eventually(thing.update, lambda seen: seen == state, '%s of %s' % (state, thing))


def newest_image(owner, name):
    """By owner and name, the newest; or the only one there is."""
    if only_image:
        return ec2.get_all_images(filters={'name': only_image})[0]
    images = ec2.get_all_images(owners=[owner], filters={'name': name, 'state': 'available'})
    return max(images, key=lambda image: image.creationDate)
