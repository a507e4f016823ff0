"""The cloud as the bootstrap sees it: sessions, and plain REST calls.

One process with REST calls: the `openstack` command needs two seconds a call, this a few milliseconds.
"""
import os
import sys
import time

from keystoneauth1 import exceptions, session
from keystoneauth1.identity import v3

HOME = os.environ["OPENSTACK_HOME"]
PASSWORD = os.environ["OPENSTACK_PASSWORD"]
AUTH = "http://127.0.0.1:5000/v3"
REGION = "RegionOne"
PROJECTS = {  # and the range of their network
    "demo" + number: "10.%d0.0.0/24" % at for at, number in enumerate(("", "2", "3", "4", "5", "6", "7", "8"), 1)}
SERVANT = "elsewhere"  # the service user of the program under test


def hosts():
    """The hosts of the computes that are started."""
    wanted = os.environ["OPENSTACK_COMPUTE"]
    return ["compute-" + kind for kind in ("fake", "qemu") if wanted in ("both", kind)]


def has_heat():
    return os.environ["OPENSTACK_HEAT"] != "0"


def connect(user="admin", project="admin"):
    return session.Session(auth=v3.Password(
        AUTH, username=user, password=PASSWORD, project_name=project,
        user_domain_name="Default", project_domain_name="Default"))


class Api:
    """One service of the catalogue, or Keystone."""

    def __init__(self, sess, service_type=None, prefix=""):
        self.sess, self.prefix = sess, prefix
        self.endpoint = AUTH if service_type is None else sess.get_endpoint(
            service_type=service_type, interface="public", region_name=REGION)

    def __call__(self, method, path, body=None):
        response = self.sess.request(self.endpoint + self.prefix + path, method, json=body)
        return response.json() if response.content else None

    def ensure(self, plural, singular, match, extra=None, query=None):
        """The object whose attributes equal `match`, created if need be."""
        q = query if query is not None else "?name=" + match["name"]
        for obj in self("GET", "/%s%s" % (plural, q))[plural]:
            if all(obj.get(k) == v for k, v in match.items()):
                return obj
        return self("POST", "/" + plural, {singular: {**match, **(extra or {})}})[singular]


def until(what, seconds, check):
    """Calls check() each second until it returns something false."""
    end, error = time.time() + seconds, None
    while time.time() < end:
        try:
            error = check()
        except exceptions.ClientException as e:
            error = e
        if not error:
            return
        time.sleep(1)
    sys.exit("bootstrap: not ready: %s: %s" % (what, error))
