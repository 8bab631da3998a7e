"""Two proxies, real sockets on both sides of them: what a client and an endpoint tell each other. The first argument is the folder of
h2min.py, the second a name for the proxy (only for messages), the rest its command with {bootstrap}; standard output gets a JSON object
with what was seen in each case of cases.py. What differs from run to run is made equal."""
import json, os, re, socket, subprocess, sys, tempfile, threading, time

sys.path.insert(0, sys.argv[1])
import h2min

F = h2min.frame
LONG = 0.6


def free():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def received(c, seconds):
    """What comes until the other side has been silent or has ended."""
    c.settimeout(seconds)
    data = b""
    try:
        while True:
            part = c.recv(65536)
            if not part:
                return data + b"<end>"
            data += part
    except TimeoutError:
        return data
    except OSError:
        return data + b"<reset>"


def same(text):
    text = re.sub(r"date: [^\r\n]*", "date: D", text)
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "UUID", text)
    return re.sub(r"(service-time: |service-time', ')\d+", r"\1N", text)


class Frames:
    """What is said over HTTP/2, frame by frame."""

    def __init__(self, preface):
        self.preface, self.reader, self.decoder, self.left = preface, h2min.Reader(), h2min.Decoder(), b""

    def take(self, data):
        if self.preface:
            self.left += data
            if len(self.left) < len(h2min.PREFACE):
                return []
            data, self.preface = self.left[len(h2min.PREFACE):], False
        return list(self.reader.feed(data))

    def tell(self, frame):
        kind, flags, stream, payload = frame
        if kind == 1:
            head = [x for x in self.decoder.decode(h2min.strip(flags, kind, payload)) if x[0] != "date"]
            return same(f"head {stream} {flags} {sorted(h for h in head if h[0][0] == ':') + [h for h in head if h[0][0] != ':']}")
        if kind == 0:
            return f"data {stream} {flags} {payload.decode('latin1')}"
        if kind == 3:
            return f"reset {stream} {int.from_bytes(payload, 'big')}"
        if kind == 6:
            return f"ping {flags}"
        if kind == 7:
            return f"leave {int.from_bytes(payload[:4], 'big')} {int.from_bytes(payload[4:8], 'big')}"
        return None


class Client:
    def __init__(self, port, h2=False):
        self.c = socket.create_connection(("127.0.0.1", port), 2)
        self.c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.frames = Frames(False) if h2 else None
        if h2:
            self.c.sendall(h2min.PREFACE + F(4, 0, 0))

    def head(self, stream, fields, flags=5):
        self.c.sendall(F(1, flags, stream, h2min.encode(fields)))

    def get(self, stream, *more, path="/"):
        self.head(stream, [(":method", "GET"), (":scheme", "http"), (":authority", "a"), (":path", path), *more])

    def told(self, seconds=LONG):
        data = received(self.c, seconds)
        if not self.frames:
            # A close with something unread is a reset.
            return same(data.decode("latin1")).replace("<reset>", "<end>")
        told = [self.frames.tell(f) for f in self.frames.take(data.removesuffix(b"<end>").removesuffix(b"<reset>"))]
        return [t for t in told if t] + ["end"] * data.endswith((b"<end>", b"<reset>"))


class Endpoint:
    """Connections to it, each with its own thread and what was said on it."""

    def __init__(self, serve):
        self.l = socket.socket()
        self.l.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.l.bind(("127.0.0.1", 0))
        self.l.listen(64)
        self.port, self.seen, self.serve = self.l.getsockname()[1], [], serve
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                c, _ = self.l.accept()
            except OSError:
                return
            c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            note = []
            self.seen.append(note)
            threading.Thread(target=self.one, args=(c, note), daemon=True).start()

    def one(self, c, note):
        try:
            self.serve(c, note)
        except OSError:
            note.append("broken")
        c.close()


def script(*steps):
    """An HTTP/1 endpoint that reads a head, then does its steps (bytes, or seconds), and notes all it has got."""

    def serve(c, note):
        data = b""
        while b"\r\n\r\n" not in data:
            part = c.recv(65536)
            if not part:
                return
            data += part
        for step in steps:
            if isinstance(step, float):
                time.sleep(step)
            else:
                c.sendall(step)
        note.append(same((data + received(c, 0.3)).decode("latin1")))

    return serve


def h2(answer, settings=b"", first=b"", at_once=False, delay=0):
    """An HTTP/2 endpoint: `answer(stream, head)` gives the bytes for a request that has come, or whose head has with `at_once`."""

    def serve(c, note):
        frames, heads = Frames(True), {}
        c.sendall(F(4, 0, 0, settings) + first)
        while True:
            data = c.recv(65536)
            if not data:
                note.append("end")
                return
            for frame in frames.take(data):
                kind, flags, stream, payload = frame
                told = frames.tell(frame)
                if told:
                    note.append(told)
                if kind == 4 and not flags & 1:
                    c.sendall(F(4, 1, 0))
                if kind == 6 and not flags & 1 and answer is not None:
                    c.sendall(F(6, 1, 0, payload))
                if kind == 1:
                    heads.setdefault(stream, told)
                if answer is not None and stream in heads and (kind == 1 if at_once else kind in (0, 1) and flags & 1):
                    threading.Timer(delay, c.sendall, [answer(stream, heads.pop(stream)) or b""]).start()

    return serve


def ok(stream, head, body=b"ok"):
    return F(1, 4, stream, h2min.encode([(":status", "200")])) + F(0, 1, stream, body)


EXT = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
TYPE = "type.googleapis.com/"
HCM = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"


def bootstrap(port, admin, endpoint, hcm, options, cluster, route, filters):
    manager = {
        "@type": TYPE + HCM, "stat_prefix": "x", "http2_protocol_options": {"allow_connect": True},
        "generate_request_id": False,
        "route_config": {"virtual_hosts": [{"name": "a", "domains": ["*"], "routes": route or [
            {"match": {"prefix": "/"}, "route": {"cluster": "c"}}]}]},
        "http_filters": [{"name": "r", "typed_config": {"@type": TYPE + "envoy.extensions.filters.http.router.v3.Router"}}]}
    manager.update(hcm)
    options = {"@type": TYPE + EXT, **options}
    listener = {"name": "l", "address": address(port), "filter_chains": [
        {"filters": filters or [{"name": "h", "typed_config": manager}]}]}
    clusters = [{"name": "c", "connect_timeout": "1s", "type": "STATIC", "typed_extension_protocol_options": {EXT: options},
                 "load_assignment": {"cluster_name": "c", "endpoints": [
                     {"lb_endpoints": [{"endpoint": {"address": address(endpoint)}}]}]}, **cluster}]
    return {"admin": {"address": address(admin)}, "static_resources": {"listeners": [listener], "clusters": clusters}}


def address(port):
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


H1 = {"explicit_http_config": {"http_protocol_options": {}}}
H2 = {"explicit_http_config": {"http2_protocol_options": {}}}


class Talk:
    """A proxy that runs between clients and an endpoint."""

    def __init__(self, serve, hcm=None, options=H1, cluster=None, route=None, filters=None):
        self.endpoint, self.port, self.admin = Endpoint(serve), free(), free()
        config = bootstrap(self.port, self.admin, self.endpoint.port, hcm or {}, options, cluster or {}, route, filters)
        with tempfile.NamedTemporaryFile("w", suffix=".json", delete=False) as f:
            json.dump(config, f)
        self.config = f.name
        command = [part.replace("{bootstrap}", f.name) for part in sys.argv[3:]]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def __enter__(self):
        for _ in range(400):
            if self.process.poll() is not None:
                sys.exit(f"{sys.argv[2]}: {self.process.stderr.read().decode()}")
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                time.sleep(0.02)
        sys.exit(f"{sys.argv[2]} does not listen")

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.endpoint.l.close()
        os.unlink(self.config)

    def client(self, h2=False):
        return Client(self.port, h2)

    def seen(self):
        """What each connection to the endpoint has said, but for those on which nothing was."""
        time.sleep(0.4)
        return [note for note in self.endpoint.seen if note]

    def post(self, path):
        c = socket.create_connection(("127.0.0.1", self.admin), 2)
        c.sendall(f"POST {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n".encode())
        return received(c, 1)

    def stats(self, *names):
        c = socket.create_connection(("127.0.0.1", self.admin), 2)
        c.sendall(b"GET /stats HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
        lines = received(c, 1).decode("latin1").split("\n")
        return sorted(line.strip() for line in lines if any(line.startswith(name + ":") for name in names))


if __name__ == "__main__":
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    sys.modules["talk"] = sys.modules["__main__"]
    import cases
    from concurrent.futures import ThreadPoolExecutor

    def run(name):
        try:
            return cases.CASES[name]()
        except Exception as e:
            return f"failed: {type(e).__name__}: {e}"

    # Few at once: pauses decide who speaks first.
    with ThreadPoolExecutor(4) as pool:
        told = dict(zip(cases.CASES, pool.map(run, cases.CASES)))
    json.dump(told, sys.stdout, indent=1, sort_keys=True)
