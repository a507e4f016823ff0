"""Waits until agents and computes are alive, and puts each compute into a zone of its own."""
from cloud import Api, connect, has_heat, hosts, until


def run():
    admin = connect()
    until("services", 120, lambda: wanted() - alive(admin))
    nova = Api(admin, "compute")
    until("aggregates", 60, lambda: zones(nova))
    # The scheduler maps new hosts to the cell every 5 s; until then they run nothing, and are no hypervisors.
    until("hypervisors", 120, lambda: set(hosts()) - {
        h["service"]["host"] for h in nova("GET", "/os-hypervisors/detail")["hypervisors"]})


def wanted():
    """(service, program, host), where no host means any."""
    names = {("nova", "nova-compute", h) for h in hosts()} | {
        ("nova", "nova-conductor", None), ("nova", "nova-scheduler", None),
        ("cinder", "cinder-volume", None), ("cinder", "cinder-scheduler", None)} | {
        ("neutron", "neutron-%s-agent" % a, "compute-qemu")
        for a in ("linuxbridge", "dhcp", "l3", "metadata")}
    return names | {("heat", "heat-engine", None)} if has_heat() else names


def alive(admin):
    up = set()

    def add(service, rows, is_up):
        for r in rows:
            if is_up(r):
                up.update({(service, r["binary"], r["host"]), (service, r["binary"], None)})
    add("nova", Api(admin, "compute")("GET", "/os-services")["services"], lambda r: r["state"] == "up")
    add("cinder", Api(admin, "volumev3")("GET", "/os-services")["services"], lambda r: r["state"] == "up")
    add("neutron", Api(admin, "network", "/v2.0")("GET", "/agents")["agents"], lambda r: r["alive"])
    if has_heat():
        add("heat", Api(admin, "orchestration")("GET", "/services")["services"],
            lambda r: r["status"] == "up")
    return up


def zones(nova):
    have = {a["name"]: a for a in nova("GET", "/os-aggregates")["aggregates"]}
    for host in hosts():
        zone = host[len("compute-"):]
        if zone not in have:
            have[zone] = nova("POST", "/os-aggregates", {"aggregate": {
                "name": zone, "availability_zone": zone}})["aggregate"]
            have[zone]["hosts"] = []
        if host not in have[zone]["hosts"]:
            nova("POST", "/os-aggregates/%s/action" % have[zone]["id"], {"add_host": {"host": host}})
