"""Redirects connections to the proxy with real iptables rules, in a network namespace of its own: redirect.py
COMMAND ... (the bootstrap's file is added). Prints `ok`, or `skipped: WHY` where the machine does not allow it. Must begin in the new namespace (unshare -n)."""
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time

TYPE = "type.googleapis.com/envoy.extensions."
CLIENT = 12345  # only connections of this user are redirected: the proxy's own must not come back to it


def run(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        print("skipped: there is no %s" % command[0])
        sys.exit(0)
    if done.returncode:
        print("skipped: %s: %s" % (" ".join(command), (done.stderr or done.stdout).strip().split("\n")[0]))
        sys.exit(0)


def address(ip, port):
    return {"socket_address": {"address": ip, "port_value": port}}


def chain(text):
    routes = [{"match": {"prefix": "/"}, "direct_response": {"status": 200, "body": {"inline_string": text}}}]
    hcm = {"@type": TYPE + "filters.network.http_connection_manager.v3.HttpConnectionManager", "stat_prefix": "x",
           "http_filters": [{"name": "r", "typed_config": {"@type": TYPE + "filters.http.router.v3.Router"}}],
           "route_config": {"virtual_hosts": [{"name": "v", "domains": ["*"], "routes": routes}]}}
    return {"filters": [{"name": "h", "typed_config": hcm}]}


def bootstrap():
    original = {"name": "o", "typed_config": {"@type": TYPE + "filters.listener.original_dst.v3.OriginalDst"}}
    pass_on = {"filters": [{"name": "t", "typed_config": {
        "@type": TYPE + "filters.network.tcp_proxy.v3.TcpProxy", "stat_prefix": "p", "cluster": "pass"}}]}
    by_port = dict(chain("own chain"), filter_chain_match={"destination_port": 83})
    return {"static_resources": {
        "clusters": [{"name": "pass", "type": "ORIGINAL_DST", "lb_policy": "CLUSTER_PROVIDED", "connect_timeout": "2s"}],
        "listeners": [
            {"name": "virtualOutbound", "address": address("0.0.0.0", 15001), "use_original_dst": True,
             "listener_filters": [original], "filter_chains": [by_port], "default_filter_chain": pass_on},
            {"name": "exact", "address": address("10.77.0.1", 80), "bind_to_port": False, "filter_chains": [chain("exact")]},
            {"name": "any", "address": address("0.0.0.0", 81), "bind_to_port": False, "filter_chains": [chain("any")]}]}}


def server():
    listener = socket.create_server(("10.77.0.2", 82))
    while True:
        connection, _ = listener.accept()
        connection.sendall(b"server:" + connection.recv(100))
        connection.close()


def ask(ip, port, text=b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"):
    code = ("import os,socket,sys; 'a'.encode('idna'); os.setuid(%d); s=socket.create_connection((%r,%d),3); s.settimeout(3); s.sendall(%r); d=b''\n"
            "while True:\n x=s.recv(4096)\n if not x: break\n d+=x\nsys.stdout.write(d.decode())" % (CLIENT, ip, port, text))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    return done.stdout or done.stderr[-300:]


def until_it_listens(proxy):
    for _ in range(600):
        assert proxy.poll() is None, "the proxy has ended"
        try:
            return socket.create_connection(("10.77.0.1", 15001), 1).close()
        except OSError:
            time.sleep(0.1)


def main():
    if os.getuid():
        print("skipped: not root")
        return
    run("ip", "link", "set", "lo", "up")
    run("ip", "addr", "add", "10.77.0.1/32", "dev", "lo")
    run("ip", "addr", "add", "10.77.0.2/32", "dev", "lo")
    run("iptables", "-t", "nat", "-A", "OUTPUT", "-p", "tcp", "-m", "owner", "--uid-owner", str(CLIENT),
        "-j", "REDIRECT", "--to-ports", "15001")
    threading.Thread(target=server, daemon=True).start()
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(bootstrap(), file)
        file.flush()
        proxy = subprocess.Popen(sys.argv[1:] + [file.name])
        try:
            until_it_listens(proxy)
            for ip, port, wanted in [("10.77.0.1", 80, "exact"), ("10.77.0.2", 81, "any"), ("10.77.0.1", 83, "own chain")]:
                got = ask(ip, port)
                assert got.startswith("HTTP/1.1 200") and got.endswith("\n\n" + wanted), (ip, port, got)
            assert ask("10.77.0.2", 82, b"hi") == "server:hi", "passed through to where the client wanted to go"
            assert "HTTP" not in ask("10.77.0.2", 80), "nobody listens there, so nobody answers"
            print("ok")
        finally:
            proxy.kill()
            proxy.wait()


main()
