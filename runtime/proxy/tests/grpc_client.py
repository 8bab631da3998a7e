"""A gRPC server and a client with the proxy between them: grpc_client.py PROXY. Prints `ok` when every call ends as it should."""
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from concurrent import futures

import grpc

TYPE = "type.googleapis.com/envoy.extensions."


def same(value):
    return value


class Handler(grpc.GenericRpcHandler):
    def service(self, details):
        name = details.method.rsplit("/", 1)[1]
        kinds = {
            "Echo": grpc.unary_unary_rpc_method_handler,
            "Fail": grpc.unary_unary_rpc_method_handler,
            "Slow": grpc.unary_unary_rpc_method_handler,
            "Count": grpc.unary_stream_rpc_method_handler,
            "Sum": grpc.stream_unary_rpc_method_handler,
            "Chat": grpc.stream_stream_rpc_method_handler,
        }
        return kinds[name](getattr(self, name.lower()), same, same) if name in kinds else None

    def echo(self, request, context):
        sent = dict(context.invocation_metadata())
        context.set_trailing_metadata((("x-trailer", sent.get("x-sent", "")),))
        return request

    def fail(self, request, context):
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, "not \u00fc now")

    def slow(self, request, context):
        time.sleep(5)
        return request

    def count(self, request, context):
        for number in range(int(request)):
            yield b"%d" % number

    def sum(self, requests, context):
        return b"%d" % sum(int(r) for r in requests)

    def chat(self, requests, context):
        for request in requests:
            yield b"re:" + request


def free():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def address(port):
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def bootstrap(port, upstream, dead):
    options = TYPE + "upstreams.http.v3.HttpProtocolOptions"

    def cluster(name, to):
        return {"name": name, "type": "STATIC", "connect_timeout": "1s",
                "typed_extension_protocol_options": {options[20:]: {"@type": options, "explicit_http_config": {"http2_protocol_options": {}}}},
                "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address(to)}}]}]}}

    routes = [{"match": {"prefix": "/dead/"}, "route": {"cluster": "dead"}},
              {"match": {"prefix": "/none/"}, "direct_response": {"status": 403, "body": {"inline_string": "no"}}},
              {"match": {"prefix": "/"}, "route": {"cluster": "up", "timeout": "0s", "max_stream_duration": {"grpc_timeout_header_max": "0s"}}}]
    hcm = {"@type": TYPE + "filters.network.http_connection_manager.v3.HttpConnectionManager", "stat_prefix": "x",
           "http_filters": [{"name": "r", "typed_config": {"@type": TYPE + "filters.http.router.v3.Router"}}],
           "route_config": {"virtual_hosts": [{"name": "v", "domains": ["*"], "routes": routes}]}}
    return {"static_resources": {"clusters": [cluster("up", upstream), cluster("dead", dead)], "listeners": [
        {"name": "l", "address": address(port), "filter_chains": [{"filters": [{"name": "h", "typed_config": hcm}]}]}]}}


def status(call):
    try:
        call()
    except grpc.RpcError as error:
        return error.code().name, error.details()
    return "OK", ""


def calls(port):
    with grpc.insecure_channel("127.0.0.1:%d" % port) as channel:
        grpc.channel_ready_future(channel).result(10)
        unary = lambda path: channel.unary_unary(path, same, same)
        reply, call = unary("/s/Echo").with_call(b"hello", metadata=(("x-sent", "yes"),), timeout=5)
        assert reply == b"hello" and dict(call.trailing_metadata())["x-trailer"] == "yes", (reply, call)
        big = os.urandom(1 << 20)
        echo = channel.unary_unary("/s/Echo", same, same)
        assert echo(big, timeout=10) == big
        assert list(channel.unary_stream("/s/Count", same, same)(b"500", timeout=10)) == [b"%d" % n for n in range(500)]
        assert channel.stream_unary("/s/Sum", same, same)(iter([b"1", b"2", b"39"]), timeout=5) == b"42"
        chat = channel.stream_stream("/s/Chat", same, same)(iter([b"a", b"b"]), timeout=5)
        assert list(chat) == [b"re:a", b"re:b"]
        assert status(lambda: unary("/s/Fail")(b"", timeout=5)) == ("FAILED_PRECONDITION", "not \u00fc now")
        assert status(lambda: unary("/s/Missing")(b"", timeout=5))[0] == "UNIMPLEMENTED"
        begin = time.time()
        assert status(lambda: unary("/s/Slow")(b"", timeout=0.3))[0] == "DEADLINE_EXCEEDED"
        assert time.time() - begin < 3
        assert status(lambda: unary("/none/X")(b"", timeout=5)) == ("PERMISSION_DENIED", "no")
        code, details = status(lambda: unary("/dead/X")(b"", timeout=5))
        assert code == "UNAVAILABLE" and details.startswith("upstream connect error"), (code, details)


def main():
    port, upstream = free(), free()
    server = grpc.server(futures.ThreadPoolExecutor(8))
    server.add_generic_rpc_handlers((Handler(),))
    server.add_insecure_port("127.0.0.1:%d" % upstream)
    server.start()
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(bootstrap(port, upstream, free()), file)
        file.flush()
        proxy = subprocess.Popen([sys.argv[1], "-c", file.name, "--workers", "1"])
        try:
            calls(port)
            print("ok")
        finally:
            proxy.kill()
            proxy.wait()
            server.stop(None)


main()
