"""Sends an allowed check several times at once, then a denied check, then a health check, with Python's grpcio.

Arguments: the target, a file with the authority of its certificate (empty: no TLS), two files with messages, how many at once.
Prints the three answers in hexadecimal digits; fails when the lengths of the answers at once differ.
"""
import sys

import grpc

target, ca, allowed, denied, count = sys.argv[1:]


def read(name):
    with open(name, "rb") as file:
        return file.read()


if ca:
    channel = grpc.secure_channel(target, grpc.ssl_channel_credentials(read(ca)))
else:
    channel = grpc.insecure_channel(target)
check = channel.unary_unary("/envoy.service.auth.v3.Authorization/Check")
calls = [check.future(read(allowed), timeout=20) for _ in range(int(count))]
answers = {len(call.result()) for call in calls}
assert len(answers) == 1, answers
print(check(read(allowed), timeout=10).hex())
print(check(read(denied), timeout=10).hex())
health = channel.unary_unary("/grpc.health.v1.Health/Check")
print(health(b"", timeout=10).hex())
