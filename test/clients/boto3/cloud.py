"""boto3 as a program uses it: clients of this account and of another, and the code of an error."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'checks'))

import boto3  # noqa: E402
from botocore.exceptions import ClientError  # noqa: E402
from check import access_key, endpoint, only_image, other_access_key, other_secret_key, region, secret_key  # noqa: E402
import check as checks  # noqa: E402

ec2 = boto3.client('ec2', region, endpoint_url=endpoint)
sts = boto3.client('sts', region, endpoint_url=endpoint)
resource = boto3.resource('ec2', region, endpoint_url=endpoint)
ec2_of_other = boto3.client('ec2', region, endpoint_url=endpoint,
                            aws_access_key_id=other_access_key, aws_secret_access_key=other_secret_key)


def refused(code, call, *args, **named):
    """The call must raise a ClientError with this code. Returns it."""
    return checks.refused(code, lambda error: isinstance(error, ClientError) and error.response['Error']['Code'],
                          call, *args, **named)


def filters(**named):
    """Filters by name: a value or a list of values; `__` in a name stands for `:` and `_` for `-`."""
    return [{'Name': name.replace('__', ':').replace('_', '-'), 'Values': values if isinstance(values, list) else [values]}
            for name, values in named.items()]


def wait(waiter, **named):
    """One of boto3's own waiters, asking more often than it does by itself."""
    ec2.get_waiter(waiter).wait(WaiterConfig={'Delay': 1, 'MaxAttempts': 150}, **named)


def newest_image(owner, name):
    """What programs do to find an image: by owner and name, the newest; or the only one there is."""
    if only_image:
        return ec2.describe_images(Filters=filters(name=only_image))['Images'][0]
    images = ec2.describe_images(Owners=[owner], Filters=filters(name=name, state='available'))['Images']
    return max(images, key=lambda image: image['CreationDate'])


def tags_of(described):
    """Tags as a dictionary."""
    return {tag['Key']: tag['Value'] for tag in described.get('Tags', [])}
