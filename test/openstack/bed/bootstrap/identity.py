"""Projects, users, roles, services, endpoints, EC2 credentials."""
from cloud import PASSWORD, PROJECTS, REGION, SERVANT, Api, connect

SERVICES = [  # user, name, type, URL
    ("placement", "placement", "placement", "http://127.0.0.1:8778"),
    ("glance", "glance", "image", "http://127.0.0.1:9292"),
    ("nova", "nova", "compute", "http://127.0.0.1:8774/v2.1"),
    ("neutron", "neutron", "network", "http://127.0.0.1:9696"),
    ("cinder", "cinderv3", "volumev3", "http://127.0.0.1:8776/v3/%(project_id)s"),
    ("heat", "heat", "orchestration", "http://127.0.0.1:8004/v1/%(project_id)s"),
    ("heat", "heat-cfn", "cloudformation", "http://127.0.0.1:8000/v1"),
]
ROLES = ("admin", "member", "reader", "service", "heat_stack_owner", "heat_stack_user")


def run():
    ks = Api(connect())
    projects = {n: ks.ensure("projects", "project", {"name": n, "domain_id": "default"})["id"]
                for n in ("service", *PROJECTS)}
    roles = {n: ks.ensure("roles", "role", {"name": n})["id"] for n in ROLES}

    def user(name, domain="default", **extra):
        return ks.ensure("users", "user", {"name": name, "domain_id": domain},
                         {"password": PASSWORD, **extra})["id"]

    def grant(project, uid, *names):
        for name in names:
            ks("PUT", "/projects/%s/users/%s/roles/%s" % (projects[project], uid, roles[name]))

    for name in sorted({s[0] for s in SERVICES} | {SERVANT}):
        uid = user(name, default_project_id=projects["service"])
        grant("service", uid, "admin", "service")
        if name == SERVANT:  # acts in the projects of its users after their tokens have ended
            for project in PROJECTS:
                grant(project, uid, "member")
    for name in PROJECTS:
        uid = user(name, default_project_id=projects[name])
        grant(name, uid, "member", "heat_stack_owner")
        ec2_credentials(name)
    # Heat puts the users of stacks into a domain of their own.
    domain = ks.ensure("domains", "domain", {"name": "heat"})["id"]
    ks("PUT", "/domains/%s/users/%s/roles/%s"
       % (domain, user("heat_domain_admin", domain), roles["admin"]))
    for _, name, kind, url in SERVICES:
        sid = ks.ensure("services", "service", {"name": name, "type": kind})["id"]
        for interface in ("public", "internal", "admin"):
            ks.ensure("endpoints", "endpoint",
                      {"service_id": sid, "interface": interface, "region_id": REGION, "url": url},
                      query="?service_id=" + sid)


def ec2_credentials(name):
    """The first EC2 credentials that user NAME has in project NAME, created if need be."""
    sess = connect(name, name)
    ks, uid, pid = Api(sess), sess.get_user_id(), sess.get_project_id()
    path = "/users/%s/credentials/OS-EC2" % uid
    have = [c for c in ks("GET", path)["credentials"] if c["tenant_id"] == pid]
    return have[0] if have else ks("POST", path, {"tenant_id": pid})["credential"]
