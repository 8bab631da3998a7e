"""Runs the recorded traffic cases against compiled bootstraps.

Arguments: the recorder's folder, a folder to work in, then the command that runs a bootstrap, `{bootstrap}` in it. On standard input a
JSON line {case, dir, out} per case, `out` holding PROXY.json for each of its proxies; on standard output a line {case, rows} or
{case, error}. Certificates, scripted upstreams and the client are the recorder's; the way from the bootstrap to this machine is
not: addresses are moved as its README says, files of certificates are replaced by ones of the test's own authority, logs by one whose
fields are compared. Standard library only."""
import contextlib, ctypes, fcntl, importlib.util, io, json, os, re, shlex, shutil, socket, struct, subprocess, sys, threading, time

TYPE = "type.googleapis.com/"
WORKLOAD = "/var/run/secrets/workload-spiffe-credentials/"
SECRETS = "/etc/istio/secrets/"
SYSTEM = "/etc/ssl/certs/ca-certificates.crt"
# Seconds that a start, and a line of a log, may take on a machine that does other things too. Nobody waits so long without need.
START, LOG = 120, 8


def own_network(work):
    """A network of its own, so that runs do not meet on the same addresses; where the system refuses that, runs take turns."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(0x40000000) and libc.unshare(0x10000000 | 0x40000000):
        lock = open(os.path.join(os.path.dirname(work.rstrip("/")), "traffic.lock"), "w")
        fcntl.flock(lock, fcntl.LOCK_EX)
        return lock
    with socket.socket() as s:
        flags = struct.unpack("16sh22x", fcntl.ioctl(s, 0x8913, struct.pack("16sh22x", b"lo", 0)))[1]
        fcntl.ioctl(s, 0x8914, struct.pack("16sh22x", b"lo", flags | 1))


def authority(recorder, work, known):
    """The recorder's authority with a folder of its own: openssl counts serial numbers in a file beside the key, and two runs that
    write the same file leave it empty for each other. Servers make certificates on threads, so one is made at a time."""
    own = os.path.join(work, "ca")
    os.makedirs(own, exist_ok=True)
    for name in ("mesh-ca.crt", "mesh-ca.key"):
        if not os.path.exists(os.path.join(own, name)):
            shutil.copyfile(os.path.join(known, name), os.path.join(own, name))

    class OneAtATime(recorder.pki.PKI):
        lock = threading.Lock()

        def cert(self, *args, **named):
            with self.lock:
                return super().cert(*args, **named)

    return OneAtATime(os.path.join(work, "pki"), own)


def load(folder):
    """The recorder as a module; its command line ends at once for want of a case."""
    sys.path.insert(0, folder)
    spec = importlib.util.spec_from_file_location("traffic", os.path.join(folder, "traffic.py"))
    module = importlib.util.module_from_spec(spec)
    argv, sys.argv = sys.argv, ["traffic"]
    with contextlib.redirect_stderr(io.StringIO()), contextlib.suppress(SystemExit):
        spec.loader.exec_module(module)
    sys.argv = argv
    return module


class Moved:
    """One bootstrap, moved to this machine. `entry`: listener to bound address; `members`: cluster to endpoints as written."""

    def __init__(self, config, recorder, secrets, log, bind, host):
        self.config, self.boot, self.secrets, self.bind_ip, self.host = config, recorder.boot, secrets, bind, host
        self.shape = recorder.boot.Boot([], [], [], [], secrets, log, bind, host)
        self.notes, self.entry, self.members = set(), {}, {}

    def build(self):
        static = self.config["staticResources"]
        static["listeners"] = [l for l in static.get("listeners", []) if self.listener(l)]
        for cluster in static.get("clusters", []):
            self.cluster(cluster)
        self.config["admin"] = {"address": {"socketAddress": {"address": self.bind_ip, "portValue": 15999}}}
        return self.config

    def listener(self, l):
        address = l.get("address", {}).get("socketAddress", {})
        if ":" in address.get("address", ":") or address.get("protocol") == "UDP":
            return False
        if address.get("portValue") in (15090, 15021) and not l["name"].startswith("0.0.0.0_"):
            return False                     # of the bootstrap itself, not of the mesh
        l.pop("additionalAddresses", None)
        bound = l.get("bindToPort") is not False
        address["address"] = self.bind_ip if bound else self.boot.mapip(address["address"])
        if bound:
            self.entry[l["name"]] = (self.bind_ip, address["portValue"])
        self.walk(l, l["name"])
        filters = [f for f in l.get("listenerFilters", []) if "original_dst" not in f.get("name", "")]
        if bound and not any("proxy_protocol" in f.get("name", "") for f in filters):
            kind = "envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol"
            filters.insert(0, {"name": "envoy.filters.listener.proxy_protocol", "typedConfig": {"@type": TYPE + kind}})
        l["listenerFilters"], l["accessLog"], l["enableReusePort"] = filters, self.shape.log(l["name"], nr=True), False
        l.pop("transparent", None)
        return True

    def walk(self, x, listener):
        for y in x if isinstance(x, list) else ():
            self.walk(y, listener)
        if not isinstance(x, dict):
            return
        if x.get("@type", "").endswith(("v3.HttpConnectionManager", "v3.TcpProxy")):
            x.pop("tracing", None)
            x.pop("accessLogOptions", None)
            x["accessLog"] = self.shape.log(listener)
        if "commonTlsContext" in x:
            self.tls(x["commonTlsContext"])
        for y in x.values():
            self.walk(y, listener)
        for r in x.get("prefixRanges", []) + ([x["destinationIp"]] if "destinationIp" in x else []):
            r["addressPrefix"] = self.boot.mapip(r["addressPrefix"])

    def secret(self, file):
        """The name that istiod knows a file by."""
        if file.startswith(WORKLOAD):
            return {"root-cert.pem": "ROOTCA"}.get(file[len(WORKLOAD):], "default")
        return file[len(SECRETS):].rsplit("/", 1)[0] if file.startswith(SECRETS) else None

    def tls(self, context):
        for pair in context.get("tlsCertificates", []):
            file = pair["certificateChain"].get("filename")
            if file is None or os.path.exists(file):
                continue
            name = self.secret(file)
            files = self.secrets.pair("file-cert:" if name is None else name)
            if files:
                pair["certificateChain"]["filename"], pair["privateKey"]["filename"] = files
        check = context.get("validationContext", {})
        file = check.get("trustedCa", {}).get("filename")
        if file is not None and (file == SYSTEM or not os.path.exists(file)):
            name = self.secret(file)
            root = self.secrets.root("file-root:" if name is None else name)
            check["trustedCa"] = {"filename": root or self.secrets.root("ROOTCA")}

    def cluster(self, c):
        self.walk(c, c["name"])
        if c.get("type") in ("STRICT_DNS", "LOGICAL_DNS"):
            c["type"] = "STATIC"
            for key in [k for k in c if k.startswith("dns") or k in ("respectDnsTtl", "typedDnsResolverConfig")]:
                del c[key]
        members = self.members[c["name"]] = []
        for locality in c.get("loadAssignment", {}).get("endpoints", []):
            for endpoint in locality.get("lbEndpoints", []):
                at = endpoint.get("endpoint", {}).get("address", {}).get("socketAddress")
                if at:
                    members.append((at["address"], at.get("portValue", 0)))
                    named = not re.fullmatch(r"[\d.]+", at["address"])
                    at["address"] = self.host(at["address"]) if named else self.boot.mapip(at["address"])


def runner(recorder, command):
    class Run(recorder.Case):
        def xds(self):
            pass

        def upstreams(self, boots):
            """Certificates are made before anybody waits for them: making one takes longer than a client's patience."""
            super().upstreams(boots)
            for name in {name for name, _ in self.up.opts.values()}:
                self.tls_ctx(name)
            for name in {row.get("tls", {}).get("clientCert") for row in self.reqs} - {None}:
                self.P.cert(name, ["URI:" + name if name.startswith("spiffe") else "DNS:" + name])

        def logs(self, path, want, tmax=LOG):
            return super().logs(path, want, tmax)

        def start(self, n, proxy):
            config = json.load(open(os.path.join(self.out, proxy["name"] + ".json")))
            account = config["node"].get("metadata", {}).get("SERVICE_ACCOUNT") or "default"
            domain = self.case.get("trustDomain", "cluster.local")
            identity = "spiffe://%s/ns/%s/sa/%s" % (domain, proxy["ns"], account)
            secrets = recorder.Secrets(self.P, identity, os.path.join(self.d, "in"), self.w)
            path = lambda end: os.path.join(self.w, proxy["name"] + end)
            open(path(".log"), "w").close()
            moved = Moved(config, recorder, secrets, path(".log"), "127.250.%d.1" % (n + 1), self.hostip)
            with open(path(".boot.json"), "w") as f:
                json.dump(moved.build(), f, indent=1)
            words = [path(".boot.json") if w == "{bootstrap}" else w for w in shlex.split(command)]
            with open(path(".err"), "w") as err:
                process = subprocess.Popen(words, stdout=err, stderr=err)
            if not ready(process, moved.bind_ip):
                process.kill()
                process.wait()
                said = open(path(".err")).read().strip()
                raise RuntimeError("the proxy did not start: " + said[-400:])
            return moved, process, path(".log")

    return Run


def ready(process, address):
    end = time.monotonic() + START
    while time.monotonic() < end:
        if process.poll() is not None:
            return False
        with contextlib.suppress(OSError):
            with socket.create_connection((address, 15999), 1) as s:
                s.sendall(b"GET /ready HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
                if b" 200 " in s.recv(4096)[:20]:
                    return True
        time.sleep(0.03)
    return False


class Flags:
    def __init__(self, work):
        self.work, self.base, self.reuse = work, 0, True


def main():
    tools, work, command = sys.argv[1:4]
    os.makedirs(work, exist_ok=True)
    lock = own_network(work)
    recorder = load(tools)
    keys = authority(recorder, work, os.path.join(tools, "..", "..", "traffic", "certs"))
    upstreams = recorder.upstream.Upstreams()
    Run = runner(recorder, command)
    for line in sys.stdin:
        row = json.loads(line)
        try:
            case = Run(row["dir"], Flags(work), keys, upstreams)
            case.out = row["out"]
            answer = {"case": row["case"], "rows": case.run()}
        except Exception as e:                # one case that fails does not end the others
            answer = {"case": row["case"], "error": "%s: %s" % (type(e).__name__, str(e)[-500:])}
        print(json.dumps(answer, sort_keys=True), flush=True)
    upstreams.stop = True
    del lock


main()
