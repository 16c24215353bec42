"""What a client must know to find the contracts. A client that was told before compares."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from pmr.web.security import origin_of
from pmr.web.state import services

blueprint = Blueprint("config", __name__, url_prefix="/api/config")


@blueprint.get("")
def show() -> Response:
    """Name the chain, as a wallet that does not know it must be told, and the contracts."""
    network, at = services().network, services().deployment
    answer = jsonify(
        network=network.name,
        chainId=at.chain_id,
        registry=at.registry,
        keyDirectory=at.key_directory,
        forwarder=at.forwarder,
        block=at.block,
        maxHeadAge=network.max_head_age,
        confirmations=network.confirmations,
        coin=network.coin,
        explorer=network.explorer,
        rpcUrls=[origin_of(url) for url in network.rpc_urls],
        version=services().version,
    )
    answer.add_etag()
    answer.cache_control.no_cache = True
    answer.make_conditional(request)
    return answer
