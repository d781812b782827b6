"""The proxy that other tests put before a server: its distance, its counts, and each of its faults."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import urllib3

from tests.servers import Proxy, Sqld
from tests.servers.conftest import IMPATIENT_S, post, rows, seconds
from tests.servers.wire import Heads

RTT_S = 0.1
LONG_TEXT = "SELECT printf('%.*c', 200000, 'x')"


def test_a_request_takes_one_round_trip_and_a_connection_another(
    server: Sqld, proxy: Proxy, pool: urllib3.HTTPConnectionPool
) -> None:
    proxy.rtt_s = RTT_S
    first = seconds(lambda: post(pool, server.token, "SELECT 1"))
    warm = sorted(seconds(lambda: post(pool, server.token, "SELECT 1")) for _ in range(5))
    assert warm[0] >= RTT_S
    assert warm[0] < 1.75 * RTT_S
    assert first >= 2 * RTT_S
    proxy.rtt_s = 0.0
    near = [seconds(lambda: post(pool, server.token, "SELECT 1")) for _ in range(5)]
    assert min(near) < RTT_S / 2
    assert (proxy.connections, proxy.requests) == (1, 11)


def test_distance_narrows_nothing(server: Sqld, proxy: Proxy, pool: urllib3.HTTPConnectionPool) -> None:
    """Sixteen callers wait at the same time, and a long answer waits once."""
    proxy.rtt_s = 0.1
    with ThreadPoolExecutor(16) as callers:
        answers = [callers.submit(post, pool, server.token, LONG_TEXT) for _ in range(64)]
        took = seconds(lambda: [rows(answer.result()) for answer in answers])
    assert took < 32 * 0.1  # 5 round trips, not 65
    assert (proxy.connections, proxy.requests) == (16, 64)


def test_counts_start_again(server: Sqld, proxy: Proxy, pool: urllib3.HTTPConnectionPool) -> None:
    post(pool, server.token, "SELECT 1")
    proxy.reset()
    post(pool, server.token, "SELECT '" + "\\r\\n\\r\\nPOST / " * 10_000 + "'")
    assert (proxy.connections, proxy.requests) == (0, 1)


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_heads_are_found_however_the_bytes_arrive(size: int) -> None:
    plain = b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nPOST \r\n\r\n"
    chunked = b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n4\r\n\r\n\r\n\r\n1;x\r\n0\r\n0\r\n\r\n"
    sent = (plain + chunked + b"GET /health HTTP/1.1\r\n\r\n") * 3
    heads = Heads()
    assert sum(heads.feed(sent[i : i + size]) for i in range(0, len(sent), size)) == 9


def test_refused_until_accepted(server: Sqld, proxy: Proxy, pool: urllib3.HTTPConnectionPool) -> None:
    post(pool, server.token, "SELECT 1")
    proxy.refuse()
    with pytest.raises(urllib3.exceptions.NewConnectionError):
        post(pool, server.token, "SELECT 1")
    proxy.accept()
    assert rows(post(pool, server.token, "SELECT 1")) == [["1"]]


def test_cut_after_request_loses_the_answer_to_a_write_that_happened(
    server: Sqld, proxy: Proxy, pool: urllib3.HTTPConnectionPool
) -> None:
    proxy.cut_after_request()
    with pytest.raises(urllib3.exceptions.ProtocolError, match="without response"):
        post(pool, server.token, "INSERT INTO notes (body) VALUES ('cut')")
    assert rows(post(pool, server.token, "SELECT count(*) FROM notes WHERE body = 'cut'")) == [["1"]]


@pytest.mark.parametrize("size", [10, 1000])
def test_half_response_ends_in_the_middle(
    server: Sqld, proxy: Proxy, pool: urllib3.HTTPConnectionPool, size: int
) -> None:
    proxy.half_response(bytes=size)
    with pytest.raises(urllib3.exceptions.ProtocolError):
        post(pool, server.token, LONG_TEXT)
    assert len(rows(post(pool, server.token, LONG_TEXT))[0][0]) == 200_000


def test_stalled_requests_pass_when_it_resumes(server: Sqld, proxy: Proxy, pool: urllib3.HTTPConnectionPool) -> None:
    proxy.stall()
    with pytest.raises(urllib3.exceptions.ReadTimeoutError):
        post(pool, server.token, "SELECT 1", timeout=IMPATIENT_S)
    with ThreadPoolExecutor(1) as caller:
        waiting = caller.submit(post, pool, server.token, "SELECT 2")
        time.sleep(0.1)
        assert not waiting.done()
        proxy.resume()
        assert rows(waiting.result()) == [["2"]]
    assert proxy.connections == 2


def test_dripping_answer_outlasts_a_read_time_out(server: Sqld, proxy: Proxy, pool: urllib3.HTTPConnectionPool) -> None:
    """Each read is quick, so urllib3's time-out never fires: only a deadline for the whole call would."""
    proxy.drip(500)
    took = seconds(lambda: rows(post(pool, server.token, "SELECT 1", timeout=IMPATIENT_S)))
    assert took > 2 * IMPATIENT_S
    proxy.drip(None)
    assert min(seconds(lambda: rows(post(pool, server.token, "SELECT 1"))) for _ in range(5)) < took / 2
