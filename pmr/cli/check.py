"""`pmr check`: is everything there, and is it what it should be?"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import click

from pmr.chain.connection import connect, fresh_head, head
from pmr.chain.deploy import load_deployment, verify
from pmr.cli.command import prints
from pmr.cli.output import Result, table
from pmr.cli.setting import deployment_file, network_of, rpc_urls
from pmr.client.http import Http
from pmr.client.serverconfig import check_server
from pmr.config import Config
from pmr.errors import PmrError

FAILED = 1
