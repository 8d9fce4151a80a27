"""Ports: free ones, the same again, and another when the old one is taken."""

import socket
from pathlib import Path

from infra.local.ports import LOOPBACK, PORTS, free_port, is_free, remembered_ports

NAMES = ("postgres", "nats")


def test_ports_are_free_different_and_the_same_next_time(tmp_path: Path):
    file = tmp_path / "ports.json"
    first = remembered_ports(NAMES, file)
    assert set(first) == set(NAMES)
    assert len(set(first.values())) == 2
    assert all(port in PORTS for port in first.values())
    assert remembered_ports(NAMES, file) == first


def test_a_port_that_somebody_took_is_replaced_and_the_other_stays(tmp_path: Path):
    file = tmp_path / "ports.json"
    first = remembered_ports(NAMES, file)
    with socket.create_server((LOOPBACK, first["nats"])):
        assert not is_free(first["nats"])
        second = remembered_ports(NAMES, file)
    assert second["nats"] != first["nats"]
    assert second["postgres"] == first["postgres"]


def test_a_broken_memory_is_no_hindrance(tmp_path: Path):
    file = tmp_path / "ports.json"
    for text in ("", "not json", "[1]", '{"postgres": "a", "nats": null}'):
        file.write_text(text)
        assert set(remembered_ports(NAMES, file)) == set(NAMES)


def test_a_port_is_free_again_although_a_connection_to_it_is_still_timing_out():
    port = free_port()
    with socket.create_server((LOOPBACK, port)) as server:
        client = socket.create_connection((LOOPBACK, port))
        accepted, _ = server.accept()
        accepted.close()  # The side that closes first keeps the port in TIME_WAIT.
        client.close()
    assert is_free(port)
