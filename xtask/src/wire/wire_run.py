"""proxydiff.py with more kinds of scenarios: `frames`, a connection of HTTP/2 frame by frame, and `raw` with `parts`, bytes with
pauses (numbers) between them and an end of the client's side (`fin`).

The first argument is the folder of proxydiff.py; the others are its own."""
import json, os, re, socket, ssl, struct, sys, time
sys.path.insert(0, sys.argv.pop(1))
import h2min, proxydiff

F = h2min.frame
KINDS = {"data": 0, "headers": 1, "priority": 2, "rst": 3, "settings": 4, "push": 5, "ping": 6, "goaway": 7, "window": 8, "continuation": 9}


def spell(step, req):
    """The bytes of a step."""
    w = step.split() + ["", "", ""]
    kind, sid, how = w[0], int(w[1]) if w[1].isdigit() else 0, w[2] if w[1].isdigit() else w[1]
    if kind == "headers":
        h = h2min.encode(req)
        if how == "split":
            return F(1, 1, sid, h[:20]) + F(9, 4, sid, h[20:])
        if how == "splitbad":
            return F(1, 1, sid, h[:20]) + F(6, 0, 0, b"12345678") + F(9, 4, sid, h[20:])
        if how == "padded":
            return F(1, 13, sid, b"\x03" + h + b"\0\0\0")
        if how == "badpad":
            return F(1, 13, sid, b"\xff" + h)
        if how in ("priority", "self"):
            return F(1, 37, sid, struct.pack(">IB", sid if how == "self" else 0, 5) + h)
        return F(1, 4 if how == "open" else 5, sid, h)
    if kind == "trailers":
        return F(1, 4 if how == "open" else 5, sid, h2min.encode([("x-tr", "1")]))
    if kind == "badhpack":
        return F(1, 5, sid, b"\xff\xff\xff\xff\xff\xff")
    if kind == "data":
        if how == "padded":
            return F(0, 9, sid, b"\x02ab\0\0")
        if how == "badpad":
            return F(0, 9, sid, b"\x09ab")
        return F(0, 1 if how == "end" else 0, sid, b"" if how == "empty" else b"abc")
    if kind == "big":
        return F(0, 0, sid, b"x" * 16385)
    if kind == "rst":
        return F(3, 0, sid, b"\0\0" if how == "short" else struct.pack(">I", 8))
    if kind == "ping":
        return F(6, 1 if how == "ack" else 0, 1 if how == "stream" else 0, b"1234" if how == "short" else b"12345678")
    if kind == "settings":
        s = {"push2": (2, 2), "window": (4, 100), "bigwindow": (4, 1 << 31), "frame": (5, 20000), "badframe": (5, 100), "unknown": (99, 1)}
        if how == "acklong":
            return F(4, 1, 0, b"123456")
        if how == "short":
            return F(4, 0, 0, b"123")
        return F(4, 1 if how == "ack" else 0, 1 if how == "stream" else 0, struct.pack(">HI", *s[how]) if how in s else b"")
    if kind == "window":
        n = {"zero": 0, "huge": 0x7fffffff}.get(how, 1000)
        return F(8, 0, sid, b"\0" if how == "short" else struct.pack(">I", n))
    if kind == "goaway":
        return F(7, 0, 1 if how == "stream" else 0, struct.pack(">II", 0, 1 if how == "error" else 0))
    if kind == "priority":
        return F(2, 0, sid, b"\0" if how == "short" else struct.pack(">IB", sid if how == "self" else 0, 1))
    if kind == "push":
        return F(5, 4, sid, struct.pack(">I", 2) + h2min.encode(req))
    if kind == "continuation":
        return F(9, 4, sid, h2min.encode([("x-c", "1")]))
    if kind == "unknown":
        return F(77, 255, sid, b"whatever")
    return b""


def pseudo(head):
    """The codec writes the pseudo headers in an order of its own."""
    if not head.startswith("h2 "):
        return head
    fields = json.loads(head[3:])
    return "h2 " + json.dumps(sorted(f for f in fields if f[0][:1] == ":") + [f for f in fields if f[0][:1] != ":"])


def huffman(text):
    bits, count, out = 0, 0, b""
    for b in text:
        code, n = h2min.HUFF[b]
        bits, count = bits << n | code, count + n
    pad = -count % 8
    return (bits << pad | (1 << pad) - 1).to_bytes((count + pad) // 8, "big")


def known(n, v):
    """A field with its index in the static table, if it has one."""
    table = [tuple(e) for e in h2min.STATIC]
    names = [e[0] for e in table]
    if (n, v) in table:
        return bytes([0x80 | table.index((n, v)) + 1])
    if n in names:
        v = v.encode("latin1")
        return h2min.enc_int(names.index(n) + 1, 4, 0) + h2min.enc_int(len(v), 7, 0) + v
    return h2min.encode([(n, v)])


def block(fields):
    out = b""
    for f in fields:
        if isinstance(f, str):
            out += f.encode("latin1")
            continue
        n, v, how = f[0], f[1], (f + [""])[2]
        if how == "known":
            out += known(n, v)
        elif how in ("index", "plain", "huffman"):
            out += {"index": b"\x40", "plain": b"\0", "huffman": b"\0"}[how]
            for x in (n.encode("latin1"), v.encode("latin1")):
                x = huffman(x) if how == "huffman" else x
                out += h2min.enc_int(len(x), 7, 0x80 if how == "huffman" else 0) + x
        else:
            out += h2min.encode([(n, v)])
    return out


def made(frame, id, sid=None):
    """The bytes of a frame that was made by hand; the last argument stands for stream 1."""
    t, flags, s = frame["t"], frame["f"], frame["s"]
    s = sid if sid and s == 1 else s
    if "e" in frame:
        return F(t, flags, s, b"".join(struct.pack(">HI", *e) for e in frame["e"]))
    if "h" not in frame:
        return F(t, flags, s, frame["p"].encode("latin1"))
    b = block([f if isinstance(f, str) else [f[0], f[1].replace("{id}", id)] + f[2:] for f in frame["h"]])
    parts, at = [], 0
    for n in frame.get("cut", []):
        parts.append(b[at:at + n])
        at += n
    parts += [b""] * frame.get("empty", 0)
    rest = b[at:]
    parts += [rest[i:i + 16000] for i in range(0, len(rest), 16000)] or [b""]
    first = parts[0]
    if "pri" in frame:
        flags, first = flags | 32, struct.pack(">IB", frame["pri"], 5) + first
    if "pad" in frame:
        flags, first = flags | 8, bytes([frame["pad"]]) + first + bytes(frame["pad"])
    if len(parts) > 1:
        flags &= ~4
    out = F(t, flags, s, first)
    for i, p in enumerate(parts[1:]):
        out += F(9, 4 if i == len(parts) - 2 else 0, s, p)
    return out


ANSWERS = {}


class Scripted:
    """The upstream's side of a connection: requests whose answers a scenario tells are answered here."""

    def __init__(self, c):
        self.c = c

    def __getattr__(self, name):
        return getattr(self.c, name)

    def recv(self, n):
        while True:
            d = self.c.recv(n)
            if d.startswith(b"\x01script "):
                line, _, rest = d[8:].partition(b"\n")
                return self.tunnel(line.decode(), ANSWERS[line.decode()], rest)
            if b"x-do: bytes\r\n" not in d:
                return d
            head, _, rest = d.partition(b"\r\n\r\n")
            head = head.decode("latin1")
            id = dict(l.split(": ", 1) for l in head.split("\r\n")[1:] if ": " in l)["x-t"]
            proxydiff.note(id, [0, head, ""])
            id = id.split("~")[0]
            if ANSWERS[id][-1] == "tunnel":
                return self.tunnel(id, ANSWERS[id], rest)
            for a in ANSWERS[id]:
                if a == "rst":
                    self.c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                if a in ("rst", "close"):
                    return b""
                if isinstance(a, str):
                    self.c.sendall(a.encode("latin1"))
                else:
                    time.sleep(a)

    def tunnel(self, id, turns, got):
        """Plays the turns and notes what comes, and how it ends. Gives the end of the connection."""
        end, late = "open", time.time() + 2
        turns, at = list(turns), time.time()
        try:
            while time.time() < late:
                while turns and time.time() >= at:
                    t = turns.pop(0)
                    if isinstance(t, float):
                        at = time.time() + t
                    elif t == "fin":
                        self.c.shutdown(socket.SHUT_WR)
                    elif t in ("rst", "close"):
                        if t == "rst":
                            self.c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                        proxydiff.note(id, [0, "tcp " + t, got.decode("latin1")])
                        return b""
                    elif t != "tunnel":
                        self.c.sendall(t.encode("latin1"))
                self.c.settimeout(max(0.01, min(at if turns else late, late) - time.time()))
                if end == "fin":
                    time.sleep(max(0.01, min(at if turns else late, late) - time.time()))
                    continue
                try:
                    d = self.c.recv(65536)
                except TimeoutError:
                    continue
                if not d:
                    end = "fin"
                    if not any(isinstance(t, str) and t != "tunnel" for t in turns):
                        break
                got += d
        except OSError:
            end = "rst"
        proxydiff.note(id, [0, "tcp " + end, got.decode("latin1")])
        return b""


def h1_up(c, idx, first=b"", old=proxydiff.h1_up):
    return old(Scripted(c), idx, first)


def serve(sock, handler, first=b""):
    """As h2min.serve, with answers that scenarios tell."""
    def handle(h, b, t):
        hd = dict(h)
        if hd.get("x-do") != "hand":
            return handler(h, b, t)
        proxydiff.note(hd["x-t"], [84, "h2 " + json.dumps([list(x) for x in h]), b.decode("latin1")] + ([[list(x) for x in t]] if t else []))
        raise Hand(hd["x-t"])

    return serve_hand(sock, handle, first)


class Hand(Exception):
    pass


def serve_hand(sock, handler, first):
    rd, dec, st, hb, buf = h2min.Reader(), h2min.Decoder(), {}, {}, first
    while len(buf) < len(h2min.PREFACE):
        d = sock.recv(65536)
        if not d:
            return
        buf += d
    buf = buf[len(h2min.PREFACE):]
    sock.sendall(F(4, 0, 0, struct.pack(">HI", 4, 1 << 24)) + F(8, 0, 0, struct.pack(">I", 1 << 24)))
    while True:
        for typ, flags, sid, pl in rd.feed(buf):
            done = False
            if typ == 4 and not flags & 1:
                sock.sendall(F(4, 1, 0))
            elif typ == 6 and not flags & 1:
                sock.sendall(F(6, 1, 0, pl))
            elif typ in (1, 9):
                s = st.setdefault(sid, {"h": None, "d": b"", "t": None, "end": False})
                hb[sid] = hb.get(sid, b"") + h2min.strip(flags, typ, pl)
                s["end"] |= typ == 1 and bool(flags & 1)
                if flags & 4:
                    s["t" if s["h"] else "h"] = dec.decode(hb.pop(sid))
                    done = s["end"]
            elif typ == 0 and sid in st:
                st[sid]["d"] += h2min.strip(flags, typ, pl)
                done = bool(flags & 1)
            elif typ == 3:
                st.pop(sid, None)
                hb.pop(sid, None)
            elif typ == 7:
                return
            if not done or sid not in st:
                continue
            s = st.pop(sid)
            try:
                r = handler(s["h"], s["d"], s["t"])
            except Hand as e:
                out = b""
                for a in ANSWERS[e.args[0]]:
                    if a == "close":
                        sock.sendall(out)
                        time.sleep(0.03)
                        return
                    out += made(a, "", sid)
                sock.sendall(out)
                continue
            if r is None:
                return
            if isinstance(r, int):
                sock.sendall(F(3, 0, sid, struct.pack(">I", r)))
                continue
            h, b, t = r
            o = F(1, 4 | (0 if b or t else 1), sid, h2min.encode(h))
            if b:
                o += F(0, 0 if t else 1, sid, b)
            if t:
                o += F(1, 5, sid, h2min.encode(t))
            sock.sendall(o)
        buf = sock.recv(65536)
        if not buf:
            return


proxydiff.h1_up = h1_up
h2min.serve = serve


def whole(head, body):
    """A chunked body without its chunks: what has come by the time of the first write goes as one."""
    if "transfer-encoding: chunked" not in head:
        return body
    out = ""
    while body:
        size, _, body = body.partition("\r\n")
        if not size or not int(size, 16):
            break
        out, body = out + body[:int(size, 16)], body[int(size, 16) + 2:]
    return out


class Run(proxydiff.Run):
    def norm(self, s):
        return super().norm(re.sub(r"(X-Envoy-Upstream-Service-Time): \d+", r"\1: N", s))

    def one(self, sc):
        if "answer" in sc:
            ANSWERS[sc["id"]] = sc["answer"]
        if "sent" in sc:
            return self.hand(sc)
        if sc["kind"] != "frames":
            r = super().one(sc)
            for seen in r.get("seen", []):
                seen[1] = pseudo(seen[1])
            return r
        id = sc["id"] + sc.get("_tag", "")
        r = {"id": sc["id"]}
        req = [(":method", "POST"), (":scheme", "http"), (":authority", "t.example"), (":path", "/"), ("x-t", id)]
        if sc.get("do"):
            req.append(("x-do", sc["do"]))
        try:
            r.update(self.frames(sc, req))
        except (OSError, ssl.SSLError) as e:
            r["error"] = getattr(e, "reason", None) or type(e).__name__
        return r

    def hand(self, sc):
        """Frames made by hand: what is told about each stream, in order, and about the connection."""
        id, r = sc["id"], {"id": sc["id"]}
        c = socket.create_connection(("127.0.0.1", self.P + sc["port"]), 2)
        end, out = "keep", h2min.PREFACE + F(4, 0, 0)
        try:
            for f in sc["sent"] + [0]:
                if isinstance(f, dict):
                    out += made(f, id)
                    continue
                c.sendall(out)
                out = b""
                time.sleep(f)
        except OSError:
            end = "closed"
        c.settimeout(1.3)
        rd, dec, told, begun = h2min.Reader(), h2min.Decoder(), {}, False
        try:
            while True:
                d = c.recv(65536)
                if not d:
                    end = "closed"
                    break
                for typ, flags, sid, pl in rd.feed(d):
                    note = told.setdefault(str(sid), [])
                    if typ == 1:
                        fields = [list(h) for h in dec.decode(h2min.strip(flags, typ, pl))]
                        note.append(["headers", flags & 1, [[n, "D" if n == "date" else v] for n, v in fields]])
                    elif typ == 0:
                        if note and note[-1][0] == "data":
                            note[-1][1] += len(pl)
                        else:
                            note.append(["data", len(pl)])
                        if flags & 1:
                            note.append(["end"])
                    elif typ == 3:
                        note.append(["rst", int.from_bytes(pl, "big")])
                    elif typ == 4 and not flags & 1:
                        note.append(["settings", list(struct.iter_unpack(">HI", pl))])
                        c.sendall(F(4, 1, 0))
                    elif typ == 8 and sid == 0 and not begun:
                        begun = True
                        # What padding has used may be given back with it.
                        note.append(["window", int.from_bytes(pl, "big") >> 16])
                    elif typ == 6:
                        note.append(["ping", flags, pl.decode("latin1")])
                    elif typ == 7:
                        note.append(["goaway", int.from_bytes(pl[:4], "big"), int.from_bytes(pl[4:8], "big"), pl[8:].decode("latin1")])
        except (TimeoutError, socket.timeout):
            pass
        except OSError:
            end = "closed"
        c.close()
        time.sleep(sc["settle"])
        with proxydiff.LOCK:
            seen = list(proxydiff.SEEN.get(id, []))
        r["seen"] = [[x[0], pseudo(self.norm(x[1])), whole(x[1], x[2])] + x[3:] for x in seen]
        r["told"] = json.loads(self.norm(json.dumps({s: n for s, n in told.items() if n})))
        r["end"] = end
        # Whether the upstream hears of a request that is broken off depends on whether a connection to it was idle.
        taken_back = any(isinstance(f, dict) and f["t"] == 3 for f in sc["sent"])
        if taken_back or end == "closed" or any(n[-1][0] == "rst" for n in told.values() if n):
            del r["seen"]
        return self.loosen(sc, r)

    def raw(self, sc, raw, quick=False):
        if not sc.get("parts"):
            return super().raw(sc, raw, quick)
        d, end, id = b"", "keep", sc["id"] + sc.get("_tag", "")
        c = socket.create_connection(("127.0.0.1", self.P + sc["port"]), 2)
        c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            try:
                for part in sc["parts"]:
                    if part == "fin":
                        c.shutdown(socket.SHUT_WR)
                    elif part in ("rst", "close"):
                        if part == "rst":
                            c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                        return d, "own", None
                    elif isinstance(part, str):
                        c.sendall(part.replace("{id}", id).encode("latin1"))
                    else:
                        time.sleep(part)
            except OSError:
                if sc["parts"][-1] in ("rst", "close"):
                    return d, "own", None
            c.settimeout(1.5)
            while True:
                x = c.recv(65536)
                if not x:
                    end = "closed"
                    break
                d += x
                c.settimeout(sc["idle"] * (3 if sc.get("_tag") else 1))
        except socket.timeout:
            pass
        except ConnectionError:
            end = "closed"
        finally:
            c.close()
        return d, end, None

    def frames(self, sc, req):
        c = socket.create_connection(("127.0.0.1", self.P + sc["port"]), 2)
        if sc["port"] == 2:
            c = self.tls(c, {"sni": "localhost", "alpn": ["h2"]})
        pre = {"short": h2min.PREFACE[:10], "wrong": h2min.PREFACE[:20] + b"XX\r\n"}.get(sc["preface"], h2min.PREFACE)
        end = "keep"
        # What comes in one read is answered together, so all of it is sent at once.
        out = pre if sc["preface"] == "nosettings" else pre + F(4, 0, 0)
        try:
            for step in [s for s in sc["steps"] if s] + [""]:
                out += spell(step, req) if step not in ("", "wait", "fin") else b""
                if step in ("", "wait", "fin"):
                    c.sendall(out)
                    out = b""
                if step == "wait":
                    time.sleep(0.2)
                elif step == "fin" and sc["port"] == 0:
                    c.shutdown(socket.SHUT_WR)
        except (OSError, ssl.SSLError):
            end = "closed"
        c.settimeout(1.2)
        rd, dec, seen, data = h2min.Reader(), h2min.Decoder(), [], {}
        try:
            while True:
                d = c.recv(65536)
                if not d:
                    end = "closed"
                    break
                for typ, flags, sid, pl in rd.feed(d):
                    if typ == 0:
                        data[sid] = data.get(sid, 0) + len(pl)
                        if flags & 1:
                            seen.append([sid, "end"])
                    elif typ == 1:
                        h = dec.decode(h2min.strip(flags, typ, pl))
                        seen.append([sid, "headers", dict(h).get(":status"), flags & 1])
                    elif typ == 3:
                        seen.append([sid, "rst", int.from_bytes(pl, "big")])
                    elif typ == 6 and flags & 1:
                        seen.append([0, "pong"])
                    elif typ == 7:
                        seen.append([0, "goaway", int.from_bytes(pl[:4], "big"), int.from_bytes(pl[4:8], "big")])
        except (TimeoutError, socket.timeout):
            pass
        except (OSError, ssl.SSLError):
            end = "closed"
        c.close()
        return {"end": end, "frames": sorted(seen, key=str), "data": sorted(data.items())}


proxydiff.Run = Run
if __name__ == "__main__":
    rc = proxydiff.main()
    sys.stdout.flush()
    os._exit(rc)
