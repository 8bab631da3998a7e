"""Conversations: what each gives is what client and endpoint have seen."""
import time

from talk import F, H1, H2, Talk, h2, h2min, ok, script

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
