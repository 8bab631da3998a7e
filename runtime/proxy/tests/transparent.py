"""Listens on an address that no interface has, in a network namespace of its own: transparent.py COMMAND ... (the bootstrap's file
comes last). Prints `ok`, or `skipped: WHY` where the machine does not allow it. Must begin in the new namespace (unshare -n)."""
import json
import socket
import subprocess
import sys
import tempfile
import time

TYPE = "type.googleapis.com/envoy.extensions.filters."
WHERE = ("10.99.0.1", 8080)


def run(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        print("skipped: there is no %s" % command[0])
        sys.exit(0)
    if done.returncode:
        print("skipped: %s: %s" % (" ".join(command), (done.stderr or done.stdout).strip().split("\n")[0]))
        sys.exit(0)


def bootstrap(transparent):
    text = "%DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%"
    routes = [{"match": {"prefix": "/"}, "direct_response": {"status": 200},
               "response_headers_to_add": [{"header": {"key": "x-seen", "value": text}}]}]
    hcm = {"@type": TYPE + "network.http_connection_manager.v3.HttpConnectionManager", "stat_prefix": "x",
           "http_filters": [{"name": "r", "typed_config": {"@type": TYPE + "http.router.v3.Router"}}],
           "route_config": {"virtual_hosts": [{"name": "v", "domains": ["*"], "routes": routes}]}}
    address = {"socket_address": {"address": WHERE[0], "port_value": WHERE[1]}}
    listener = {"name": "l", "address": address, "filter_chains": [{"filters": [{"name": "h", "typed_config": hcm}]}]}
    if transparent:
        listener["transparent"] = True
    return {"static_resources": {"listeners": [listener]}}


def start(command, transparent, file):
    json.dump(bootstrap(transparent), file)
    file.flush()
    return subprocess.Popen(command + [file.name], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def ask():
    for _ in range(400):
        try:
            with socket.create_connection(WHERE, 3, ("10.77.0.2", 0)) as stream:
                stream.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                answer = b""
                while part := stream.recv(4096):
                    answer += part
                return answer.decode()
        except ConnectionRefusedError:
            time.sleep(0.05)
    return "nobody listens"


def main():
    command = sys.argv[1:]
    run("ip", "link", "set", "lo", "up")
    run("ip", "addr", "add", "10.77.0.2/32", "dev", "lo")
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        plain = start(command, False, file)
        try:
            plain.wait(20)
        except subprocess.TimeoutExpired:
            plain.kill()
            print("a listener that is not transparent has an address that nobody has")
            return
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        proxy = start(command, True, file)
        try:
            # Packets to the address must come here; before, nothing that is not transparent can have it.
            time.sleep(2)
            run("ip", "route", "add", "local", "10.99.0.0/24", "dev", "lo")
            answer = ask()
        finally:
            proxy.kill()
            said = proxy.stderr.read()
    if "Operation not permitted" in said:
        print("skipped: sockets may not be transparent")
        return
    wanted = "x-seen: %s:%d 10.77.0.2\r\n" % WHERE
    print("ok" if wanted in answer else "%r %s" % (answer, said[-600:]))


main()
