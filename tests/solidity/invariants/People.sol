// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IKeyDirectory} from "../../../contracts/interfaces/IKeyDirectory.sol";
import {IRecordRegistry} from "../../../contracts/interfaces/IRecordRegistry.sol";
import {RecordId, toRecordId} from "../../../contracts/types/RecordId.sol";
import {cheats} from "../base/Cheats.sol";
import {IForwarder, ISponsored} from "../base/OpenZeppelin.sol";
import {signRequest} from "../base/Requests.sol";
import {EventBook} from "./EventBook.sol";
import {PlainLedger} from "./PlainLedger.sol";
import {Walks} from "./Walks.sol";

/// @notice Four people who do whatever comes, on every way into the contracts. Each act is done by the plain
/// ledger too: both take it, or both refuse it with the same error. Numbers that choose are taken modulo what
/// there is to choose from, mostly to something sensible.
contract People {
    enum Way {
        Direct,
        Appended, // direct, with somebody else's address after the call, as a forwarder would append it
        Multicall,
        Forwarded,
        ForwardedMulticall
    }

    IRecordRegistry private immutable registry;
    IKeyDirectory private immutable directory;
    IForwarder private immutable forwarder;
    PlainLedger public immutable plain = new PlainLedger();
    EventBook public immutable events = new EventBook();
    Walks public immutable walks;

    uint256[4] private _keys = [uint256(0xA11CE), 0xB0B, 0xCA401, 0xDA7E];
    address[] private _people;
    IForwarder.ForwardRequestData private _lastTaken;
    /// How many acts of a function were taken and how many refused.
    mapping(bytes4 selector => uint256[2]) private _acts;

    constructor(IRecordRegistry registry_, IKeyDirectory directory_, IForwarder forwarder_) {
        (registry, directory, forwarder) = (registry_, directory_, forwarder_);
        walks = new Walks(registry, plain);
        for (uint256 i; i < _keys.length; ++i) {
            _people.push(cheats.addr(_keys[i]));
        }
    }

    function people() external view returns (address[] memory) {
        return _people;
    }

    /// @notice How many acts of a function the contracts took, and how many they refused.
    function acts(bytes4 selector) external view returns (uint256 taken, uint256 refused) {
        return (_acts[selector][1], _acts[selector][0]);
    }

    function create(uint8 who, uint8 way, uint8 position, uint8 root) external {
        _act(who, way, address(registry), _one(_createCall(_person(who), position, root)));
    }

    function revise(uint8 who, uint8 way, uint16 which, uint8 oldRoot, uint8 newRoot) external {
        _act(who, way, address(registry), _one(_reviseCall(_record(who, which), oldRoot, newRoot)));
    }

    function grant(uint8 who, uint8 way, uint16 which, uint8 reader, uint8 end, uint8 purpose) external {
        _act(who, way, address(registry), _one(_grantCall(_record(who, which), reader, end, purpose)));
    }

    function revoke(uint8 who, uint8 way, uint16 which, uint8 reader) external {
        bytes memory call = abi.encodeCall(IRecordRegistry.revoke, (_record(who, which), _reader(reader)));
        _act(who, way, address(registry), _one(call));
    }

    function publish(uint8 who, uint8 way, uint8 version, uint8 bundle) external {
        uint256 next = plain.bundlesOf(_person(who)).length + 1;
        uint48 given = uint48(version % 8 == 0 ? version : next);
        _act(
            who,
            way,
            address(directory),
            _one(abi.encodeCall(IKeyDirectory.publish, (given, _digest(bundle))))
        );
    }

    /// @notice A record with its grants, a revision with its re-grants, a revocation: in one transaction.
    function batch(uint8 who, uint8 way, uint16 which, uint8[4] calldata chance) external {
        address owner = _person(who);
        RecordId next = toRecordId(owner, uint48(plain.rootsOf(owner).length));
        RecordId some = _record(who, which);
        bytes[] memory calls = new bytes[](5);
        calls[0] = _createCall(owner, 1, chance[0]);
        calls[1] = _grantCall(next, chance[1], chance[2], chance[3]);
        calls[2] = _reviseCall(some, 1, chance[1]);
        calls[3] = abi.encodeCall(IRecordRegistry.revoke, (some, _reader(chance[3])));
        calls[4] = _grantCall(some, chance[3], chance[0], chance[2]);
        uint256 dropped = which % 4; // a revocation often is of nothing: then leave it out
        if (dropped != 0) calls[3] = calls[4];
        _act(who, uint8(way % 2 == 0 ? Way.Multicall : Way.ForwardedMulticall), address(registry), calls);
    }

    /// @notice A request that names one and is signed by another, was changed after signing, or is sent again.
    function cheat(uint8 who, uint8 how, uint16 which, uint8 reader) external {
        address other = _person(uint8(who % 4) + 1);
        address from = how % 4 == 0 ? other : _person(who);
        bytes memory call = _grantCall(toRecordId(from, which % 4), reader, 0, 1);
        IForwarder.ForwardRequestData memory request =
            signRequest(forwarder, _keys[who % 4], from, address(registry), call);
        if (how % 4 == 1) request.from = other;
        if (how % 4 == 2) request.deadline += 1;
        if (how % 4 == 3) request = _lastTaken;
        (bool taken,) = _forward(request);
        cheats.assertTrue(!taken, "nobody speaks for another");
    }

    /// @notice An id with bits above its 208.
    function soil(uint8 who, uint8 way, uint16 which, uint48 dirt, uint8 reader) external {
        uint256 word = RecordId.unwrap(_record(who, which)) | (uint256(dirt == 0 ? 1 : dirt) << 208);
        bytes memory call = abi.encodeWithSelector(IRecordRegistry.revoke.selector, word, _reader(reader));
        if (which % 2 == 0) {
            call = abi.encodeWithSelector(
                IRecordRegistry.grant.selector, word, _reader(reader), 0, 1, _digest(1)
            );
        }
        _act(who, way, address(registry), _one(call));
    }

    function pass(uint8 time) external {
        cheats.warp(block.timestamp + time % 8);
        _look();
    }

    function turnPage(uint8 reader, uint8 limit) external {
        walks.turnPage(_person(reader), limit % 3 + 1);
    }

    function _act(uint8 who, uint8 way, address target, bytes[] memory calls) private {
        cheats.prank(_person(who));
        (bool expected, bytes memory reason) = address(plain).call(abi.encodeCall(PlainLedger.batch, (calls)));
        cheats.recordLogs();
        (bool taken, bytes memory found) = _send(who, Way(way % 5), target, calls);
        cheats.assertEq(
            taken, expected, expected ? "refused, though the rules take it" : "taken against the rules"
        );
        if (taken) events.read(cheats.getRecordedLogs(), address(registry), address(directory));
        else if (_saysWhy(Way(way % 5), reason)) cheats.assertEq(found, reason, "the error");
        ++_acts[calls.length > 1 ? ISponsored.multicall.selector : bytes4(calls[0])][taken ? 1 : 0];
        _look();
    }

    /// @dev The forwarder keeps the reason to itself, and Multicall gives one of its own for none.
    function _saysWhy(Way way, bytes memory reason) private pure returns (bool) {
        return way < Way.Multicall || (way == Way.Multicall && reason.length != 0);
    }

    function _send(uint8 who, Way way, address target, bytes[] memory calls)
        private
        returns (bool taken, bytes memory answer)
    {
        bool single = calls.length == 1 && way != Way.Multicall && way != Way.ForwardedMulticall;
        bytes memory data = single ? calls[0] : abi.encodeCall(ISponsored.multicall, (calls));
        if (way == Way.Appended) data = abi.encodePacked(data, _person(uint8(who % 4) + 1));
        if (way >= Way.Forwarded) {
            return _forward(signRequest(forwarder, _keys[who % 4], _person(who), target, data));
        }
        cheats.prank(_person(who));
        return target.call(data);
    }

    function _forward(IForwarder.ForwardRequestData memory request)
        private
        returns (bool taken, bytes memory answer)
    {
        (taken, answer) = address(forwarder).call(abi.encodeCall(IForwarder.execute, (request)));
        if (taken) _lastTaken = request;
    }

    function _look() private {
        for (uint256 i; i < _people.length; ++i) {
            walks.look(_people[i]);
        }
    }

    function _createCall(address owner, uint8 position, uint8 root) private view returns (bytes memory) {
        uint256 next = plain.rootsOf(owner).length;
        uint48 given = uint48(position % 8 == 0 ? position : next);
        return abi.encodeCall(IRecordRegistry.create, (given, _digest(root)));
    }

    function _reviseCall(RecordId id, uint8 oldRoot, uint8 newRoot) private view returns (bytes memory) {
        bytes32 old = _digest(oldRoot);
        if (oldRoot % 4 != 0 && plain.exists(id)) old = plain.rootsOf(id.owner())[id.position()];
        return abi.encodeCall(IRecordRegistry.revise, (id, old, _digest(newRoot)));
    }

    function _grantCall(RecordId id, uint8 reader, uint8 end, uint8 purpose)
        private
        view
        returns (bytes memory)
    {
        uint40 expiresAt = end % 2 == 0 ? 0 : uint40(block.timestamp + end % 16 - 1);
        purpose = purpose % 8 == 0 ? purpose : purpose % 127 + 1;
        return abi.encodeCall(IRecordRegistry.grant, (id, _reader(reader), expiresAt, purpose, _digest(end)));
    }

    /// @dev Mostly one of the person's own; else anybody's. Now and then one that does not exist yet.
    function _record(uint8 who, uint16 which) private view returns (RecordId) {
        address owner = which % 5 == 0 ? _person(uint8(which >> 8)) : _person(who);
        uint256 total = plain.rootsOf(owner).length;
        bool absent = total == 0 || which % 11 == 0;
        return toRecordId(owner, uint48(absent ? total : (which >> 4) % total));
    }

    function _person(uint8 who) private view returns (address) {
        return _people[who % 4];
    }

    function _reader(uint8 who) private view returns (address) {
        return who % 16 == 0 ? address(0) : _person(who);
    }

    /// @dev Now and then zero.
    function _digest(uint8 seed) private pure returns (bytes32) {
        return seed % 16 == 0 ? bytes32(0) : keccak256(abi.encode(seed));
    }

    function _one(bytes memory call) private pure returns (bytes[] memory calls) {
        calls = new bytes[](1);
        calls[0] = call;
    }
}
