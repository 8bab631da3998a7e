"""Conversations: what each gives is what client and endpoint have seen."""
import socket
import time

from talk import F, H1, H2, Talk, h2, h2min, ok, received, same, script

CASES = {}


def case(f):
    CASES[f.__name__] = f
    return f


OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
EARLY = {
    "100": [b"HTTP/1.1 100 Continue\r\n\r\n", 0.1, OK],
    "102": [b"HTTP/1.1 102 Foo\r\n\r\n", 0.1, OK],
    "103": [b"HTTP/1.1 103 Early Hints\r\nlink: a\r\nConnection: x\r\nX-A: b\r\n\r\n", 0.1, b"HTTP/1.1 100 Continue\r\n\r\n", 0.1, OK],
    "104": [b"HTTP/1.1 104 Foo\r\n\r\n", 0.1, OK],
    "199": [b"HTTP/1.1 199 X\r\n\r\n", 0.1, OK],
    "417": [b"HTTP/1.1 417 No\r\ncontent-length: 0\r\n\r\n"],
}


def early(steps, passes):
    with Talk(script(*steps), {"proxy_100_continue": passes}) as talk:
        told = []
        for version in ("1.1", "1.0"):
            c = talk.client()
            c.c.sendall(f"POST / HTTP/{version}\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n".encode())
            time.sleep(0.05)
            c.c.sendall(b"abc")
            told.append(c.told())
        c = talk.client(True)
        c.head(1, [(":method", "POST"), (":scheme", "http"), (":authority", "a"), (":path", "/"), ("expect", "100-continue")], 4)
        time.sleep(0.05)
        c.c.sendall(F(0, 1, 1, b"abc"))
        told.append(c.told())
        return told, talk.seen(), talk.stats("http.x.downstream_rq_1xx", "http.x.downstream_rq_completed")


for name, steps in EARLY.items():
    for passes in (True, False):
        CASES[f"early_{name}_{'passed' if passes else 'kept'}"] = lambda steps=steps, passes=passes: early(steps, passes)


@case
def early_from_h2():
    def answer(stream, head):
        return b"".join(F(1, 4, stream, h2min.encode([(":status", s), ("link", s)])) for s in ("199", "103", "100")) + ok(stream, head)

    with Talk(h2(answer), {"proxy_100_continue": True}, H2) as talk:
        one, other = talk.client(), talk.client(True)
        one.c.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        told = one.told()
        other.get(1)
        return told, other.told()


@case
def ends_over_h2():
    def answer(stream, head):
        if "/tr" in head:
            return ok(stream, head)[:-11] + F(0, 0, stream, b"ok") + F(1, 5, stream, h2min.encode([("x-tr", "1")]))
        return ok(stream, head) if "/one" in head else F(1, 5, stream, h2min.encode([(":status", "404")]))

    with Talk(h2(answer), {}, H2) as talk:
        told = []
        for at, path in enumerate(["/one", "/none", "/tr"]):
            for body in (0, 1, 2):
                c = talk.client(True)
                c.head(1, [(":method", "POST"), (":scheme", "http"), (":authority", "a"), (":path", path)], 4 if body else 5)
                if body == 1:
                    c.c.sendall(F(0, 1, 1, b"abc"))
                elif body == 2:
                    c.c.sendall(F(0, 0, 1, b"abc") + F(1, 5, 1, h2min.encode([("x-tr", "2")])))
                told.append(c.told(0.3))
        return told, talk.seen()


UPGRADES = {"upgrade_configs": [{"upgrade_type": name} for name in ("websocket", "foo", "CONNECT")]}
CONNECTS = [{"match": {"connect_matcher": {}}, "route": {"cluster": "c"}}, {"match": {"prefix": "/"}, "route": {"cluster": "c"}}]


def behind(protocol, h2_client, answer, end=False):
    """What comes behind an upgrade before its answer, and how much of that the endpoint has before it answers."""
    def serve(c, note):
        data, by = b"", time.time() + 0.3
        c.settimeout(0.1)
        while time.time() < by:
            try:
                part = c.recv(65536)
            except TimeoutError:
                continue
            if not part:
                break
            data += part
        if not data:
            return
        note.append(same(data.decode("latin1")))
        c.sendall(answer)
        note.append(received(c, 0.6).decode("latin1"))

    with Talk(serve, UPGRADES, H1, route=CONNECTS) as talk:
        c = talk.client(h2_client)
        if h2_client:
            head = [(":method", "CONNECT"), (":authority", "a:1")]
            if protocol != "CONNECT":
                head += [(":scheme", "http"), (":path", "/"), (":protocol", protocol)]
            c.head(1, head, 4)
            time.sleep(0.05)
            c.c.sendall(F(0, 0, 1, b"early"))
        else:
            head = f"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n" if protocol == "CONNECT" else f"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: {protocol}\r\n\r\n"
            c.c.sendall(head.encode() + b"early")
        time.sleep(0.5)
        c.c.sendall(F(0, 1 if end else 0, 1, b"late") if h2_client else b"late")
        if end and not h2_client:
            c.c.shutdown(socket.SHUT_WR)
        told = c.told(1.5)
        c.c.close()
        return told, talk.seen()


SWITCH = b"HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello"
ANSWERS = {"101": SWITCH, "200": b"HTTP/1.1 200 OK\r\n\r\nhello", "403": b"HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno"}
for protocol in ("websocket", "foo", "CONNECT"):
    for h2_client in (False, True):
        for name, bytes_ in ANSWERS.items():
            if name == "101" and protocol == "CONNECT":
                continue
            case_name = f"behind_{protocol}_{'h2' if h2_client else 'h1'}_{name}"
            CASES[case_name] = lambda p=protocol, h=h2_client, a=bytes_: behind(p, h, a)
            if name != "403":
                CASES[case_name + "_end"] = lambda p=protocol, h=h2_client, a=bytes_: behind(p, h, a, True)


def behind_h2(protocol, h2_client, status):
    """The same with an endpoint of HTTP/2, which takes extended CONNECT."""

    def answer(stream, head):
        end = 5 if status == "404" else 4
        return F(1, end, stream, h2min.encode([(":status", status)])) + (b"" if end == 5 else F(0, 0, stream, b"hello"))

    with Talk(h2(answer, b"\0\x08\0\0\0\x01", at_once=True, delay=0.3), UPGRADES, {"explicit_http_config": {"http2_protocol_options": {"allow_connect": True}}}, route=CONNECTS) as talk:
        c = talk.client(h2_client)
        if h2_client:
            head = [(":method", "CONNECT"), (":authority", "a:1")]
            if protocol != "CONNECT":
                head += [(":scheme", "http"), (":path", "/"), (":protocol", protocol)]
            c.head(1, head, 4)
            c.c.sendall(F(0, 0, 1, b"early"))
        else:
            head = "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n" if protocol == "CONNECT" else f"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: {protocol}\r\n\r\n"
            c.c.sendall(head.encode() + b"early")
        time.sleep(0.15)
        before = [list(note) for note in talk.endpoint.seen]
        time.sleep(0.5)
        c.c.sendall(F(0, 1, 1, b"late") if h2_client else b"late")
        told = c.told(0.6)
        c.c.close()
        return told, before, talk.seen()


for protocol in ("websocket", "foo", "CONNECT"):
    for h2_client in (False, True):
        for status in ("200", "404", "201", "403"):
            name = f"behind_h2_{protocol}_{'h2' if h2_client else 'h1'}_{status}"
            CASES[name] = lambda p=protocol, h=h2_client, s=status: behind_h2(p, h, s)


def posted(h2_client, sized, endpoint_first):
    """POST that stands for CONNECT: its body goes on as it is, and what the endpoint says is the body of the answer."""
    def serve(c, note):
        if endpoint_first:
            c.sendall(b"welcome ")
        got = received(c, 0.5)
        note.append(got.decode("latin1"))
        c.sendall(b"you said " + got)
        time.sleep(0.1)

    route = [{"match": {"prefix": "/"}, "route": {"cluster": "c", "upgrade_configs": [
        {"upgrade_type": "CONNECT", "connect_config": {"allow_post": True}}]}}]
    with Talk(serve, UPGRADES, H1, route=route) as talk:
        c = talk.client(h2_client)
        if h2_client:
            c.head(1, [(":method", "POST"), (":scheme", "http"), (":authority", "a"), (":path", "/x")], 4)
            time.sleep(0.1)
            c.c.sendall(F(0, 1, 1, b"hello"))
        else:
            length = b"Content-Length: 5" if sized else b"Transfer-Encoding: chunked"
            c.c.sendall(b"POST /x HTTP/1.1\r\nHost: a\r\n" + length + b"\r\n\r\n")
            time.sleep(0.1)
            c.c.sendall(b"hello" if sized else b"5\r\nhello\r\n0\r\n\r\n")
        return c.told(1.5), talk.seen()


for first in (True, False):
    CASES[f"posted_h2_{first}"] = lambda first=first: posted(True, False, first)
    for sized in (True, False):
        CASES[f"posted_{sized}_{first}"] = lambda first=first, sized=sized: posted(False, sized, first)
