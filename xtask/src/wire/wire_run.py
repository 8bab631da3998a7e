"""proxydiff.py with more kinds of scenarios: `frames`, a connection of HTTP/2 frame by frame, and `raw` with `parts`, bytes with
pauses (numbers) between them and an end of the client's side (`fin`).

The first argument is the folder of proxydiff.py; the others are its own."""
import json, os, socket, ssl, struct, sys, time
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


class Run(proxydiff.Run):
    def one(self, sc):
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
                    elif isinstance(part, str):
                        c.sendall(part.replace("{id}", id).encode("latin1"))
                    else:
                        time.sleep(part)
            except ConnectionError:
                pass
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
