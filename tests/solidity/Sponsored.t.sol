// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ERC2771Context} from "@openzeppelin/contracts/metatx/ERC2771Context.sol";
import {Sponsored} from "../../contracts/Sponsored.sol";
import {IKeyDirectory} from "../../contracts/interfaces/IKeyDirectory.sol";
import {IRecordRegistry} from "../../contracts/interfaces/IRecordRegistry.sol";
import {toRecordId} from "../../contracts/types/RecordId.sol";
import {cheats} from "./base/Cheats.sol";
import {LedgerTest} from "./base/LedgerTest.sol";
import {IForwarder, ISponsored} from "./base/OpenZeppelin.sol";
import {signRequest} from "./base/Requests.sol";

/// @notice Says what a sponsored contract takes for its caller and the call.
contract Echo is Sponsored {
    event Called(address sender, bytes data);

    constructor(address forwarder) ERC2771Context(forwarder) {}

    function call() external {
        emit Called(_msgSender(), _msgData());
    }
}

/// @notice Through OpenZeppelin's own forwarder everything holds as it does directly.
contract SponsoredTest is LedgerTest {
    bytes private create;
    bytes private grant;

    function setUp() public override {
        super.setUp();
        create = abi.encodeCall(IRecordRegistry.create, (0, keccak256("root")));
        grant = abi.encodeCall(IRecordRegistry.grant, (toRecordId(alice, 0), bob, 0, TREATMENT, ENVELOPE));
    }

    function _request(uint256 key, bytes memory data)
        private
        view
        returns (IForwarder.ForwardRequestData memory)
    {
        return signRequest(forwarder, key, cheats.addr(key), address(registry), data);
    }

    function _recordsOf(address owner) private view returns (uint256 total) {
        (, total) = registry.recordsOf(owner, 0, 0);
    }

    function test_forwarded_createBelongsToTheSigner() public {
        cheats.assertTrue(_forward(ALICE_KEY, address(registry), create), "taken");
        cheats.assertEq(_recordsOf(alice), 1, "the signer's");
        cheats.assertEq(_recordsOf(address(forwarder)) + _recordsOf(address(this)), 0, "nobody else's");
    }

    function test_forwarded_multicallActsAsTheSignerInEveryCall() public {
        bytes memory batch = abi.encodeCall(ISponsored.multicall, (_calls(create, grant)));
        cheats.assertTrue(_forward(ALICE_KEY, address(registry), batch), "taken");
        cheats.assertTrue(registry.canRead(toRecordId(alice, 0), bob), "created and granted");
    }

    function test_forwarded_multicallInAMulticallActsAsTheSigner() public {
        bytes[] memory outer = new bytes[](1);
        outer[0] = abi.encodeCall(ISponsored.multicall, (_calls(create, grant)));
        cheats.assertTrue(
            _forward(ALICE_KEY, address(registry), abi.encodeCall(ISponsored.multicall, (outer))), "taken"
        );
        cheats.assertTrue(registry.canRead(toRecordId(alice, 0), bob), "created and granted");
    }

    function test_forwarded_publishBelongsToTheSigner() public {
        bytes memory publish = abi.encodeCall(IKeyDirectory.publish, (1, keccak256("bundle")));
        cheats.assertTrue(_forward(BOB_KEY, address(directory), publish), "taken");
        (bytes32 bundle, uint48 version) = directory.keyOf(bob);
        cheats.assertEq(bundle, keccak256("bundle"), "bundle");
        cheats.assertEq(version, 1, "version");
    }

    function test_forwarded_refusalOfARuleIsARefusal() public {
        _create(alice);
        cheats.assertEq(_forward(BOB_KEY, address(registry), grant), false, "bob is no owner");
        cheats.assertEq(registry.canRead(toRecordId(alice, 0), bob), false, "nothing granted");
    }

    function test_forwarded_requestIsTakenOnce() public {
        IForwarder.ForwardRequestData memory request = _request(ALICE_KEY, create);
        forwarder.execute(request);
        (bool taken,) = address(forwarder).call(abi.encodeCall(IForwarder.execute, (request)));
        cheats.assertEq(taken, false, "a second time");
        cheats.assertEq(_recordsOf(alice), 1, "one record");
    }

    function test_forwarded_requestAfterItsDeadlineIsRefused() public {
        IForwarder.ForwardRequestData memory request = _request(ALICE_KEY, create);
        cheats.warp(request.deadline + 1);
        cheats.expectRevert(
            abi.encodeWithSelector(IForwarder.ERC2771ForwarderExpiredRequest.selector, request.deadline)
        );
        forwarder.execute(request);
    }

    /// @dev A key of anybody's, naming anybody else.
    function testFuzz_forwarded_nobodySpeaksForAnother(uint256 key, address victim) public {
        key = key % 1e18 + 1;
        address signer = cheats.addr(key);
        cheats.assume(signer != victim);
        IForwarder.ForwardRequestData memory request =
            signRequest(forwarder, key, victim, address(registry), create);
        cheats.expectRevert(
            abi.encodeWithSelector(IForwarder.ERC2771ForwarderInvalidSigner.selector, signer, victim)
        );
        forwarder.execute(request);
    }

    /// @dev Whatever of the request is changed after it was signed, it is refused.
    function testFuzz_forwarded_changedRequestIsRefused(uint8 what, uint96 by) public {
        IForwarder.ForwardRequestData memory request = _request(ALICE_KEY, create);
        uint256 change = uint256(by) + 1;
        if (what % 5 == 0) request.from = address(uint160(request.from) ^ uint160(change));
        if (what % 5 == 1) request.to = address(directory);
        if (what % 5 == 2) request.gas += change;
        if (what % 5 == 3) request.deadline += uint48(change % 1e12 + 1);
        if (what % 5 == 4) request.data = abi.encodeCall(IRecordRegistry.create, (0, bytes32(change)));
        (bool taken,) = address(forwarder).call(abi.encodeCall(IForwarder.execute, (request)));
        cheats.assertEq(taken, false, "changed");
        cheats.assertEq(_recordsOf(alice) + _recordsOf(request.from), 0, "nothing was created");
    }

    function test_forwarded_batchTakesTheHonestRequestsOnly() public {
        IForwarder.ForwardRequestData[] memory requests = new IForwarder.ForwardRequestData[](2);
        requests[0] = signRequest(forwarder, BOB_KEY, alice, address(registry), create);
        requests[1] = _request(CAROL_KEY, create);
        forwarder.executeBatch(requests, payable(address(this)));
        cheats.assertEq(_recordsOf(alice), 0, "bob signed for alice");
        cheats.assertEq(_recordsOf(carol), 1, "carol signed for carol");
    }

    /// @dev The address that a forwarder would append means nothing from anybody else, in a batch neither.
    function testFuzz_appendedAddress_meansNothing(address caller, address victim) public {
        cheats.assume(caller != address(forwarder) && caller != victim && victim != address(forwarder));
        cheats.prank(caller);
        (bool taken,) = address(registry).call(abi.encodePacked(create, victim));
        cheats.assertTrue(taken, "as the caller's own");
        bytes[] memory calls = new bytes[](1);
        calls[0] = abi.encodePacked(abi.encodeCall(IRecordRegistry.create, (1, keccak256("root"))), victim);
        bytes memory batch = abi.encodePacked(abi.encodeCall(ISponsored.multicall, (calls)), victim);
        cheats.prank(caller);
        (taken,) = address(registry).call(batch);
        cheats.assertTrue(taken, "as the caller's own");
        cheats.assertEq(_recordsOf(caller), 2, "the caller's");
        cheats.assertEq(_recordsOf(victim), 0, "not the victim's");
    }

    /// @dev Calls in a forwarded batch that end in an address, or are none at all, stay the signer's.
    function testFuzz_forwarded_innerCallsCannotNameAnother(address victim) public {
        cheats.assume(victim != alice);
        bytes memory inner = abi.encodePacked(create, victim);
        bytes memory batch = abi.encodeCall(ISponsored.multicall, (_calls(inner, grant)));
        cheats.assertTrue(_forward(ALICE_KEY, address(registry), batch), "taken");
        cheats.assertEq(_recordsOf(alice), 1, "the signer's");
        cheats.assertEq(_recordsOf(victim), 0, "not the victim's");
        batch = abi.encodeCall(ISponsored.multicall, (_calls("", "")));
        cheats.assertEq(_forward(ALICE_KEY, address(registry), batch), false, "empty calls");
    }

    function testFuzz_trustedForwarder_isTheOneOfTheConstructor(address other) public view {
        cheats.assume(other != address(forwarder));
        address[2] memory both = [address(registry), address(directory)];
        for (uint256 i; i < both.length; ++i) {
            cheats.assertEq(ISponsored(both[i]).trustedForwarder(), address(forwarder), "trusted");
            cheats.assertEq(ISponsored(both[i]).isTrustedForwarder(other), false, "nobody else");
        }
    }

    function test_withoutAForwarder_nobodyIsTrusted() public {
        registry = _newRegistry(address(0));
        IForwarder.ForwardRequestData memory request = _request(ALICE_KEY, create);
        cheats.expectRevert(
            abi.encodeWithSelector(
                IForwarder.ERC2771UntrustfulTarget.selector, address(registry), address(forwarder)
            )
        );
        forwarder.execute(request);
        _create(alice);
        cheats.assertEq(_recordsOf(alice), 1, "direct calls are as ever");
    }

    function test_msgData_leavesOutTheAppendedSender() public {
        Echo echo = new Echo(address(forwarder));
        bytes memory data = abi.encodePacked(abi.encodeCall(Echo.call, ()), hex"c0ffee");
        cheats.expectEmit(address(echo));
        emit Echo.Called(alice, data);
        cheats.assertTrue(_forward(ALICE_KEY, address(echo), data), "taken");
        cheats.expectEmit(address(echo));
        emit Echo.Called(bob, data);
        cheats.prank(bob);
        (bool taken,) = address(echo).call(data);
        cheats.assertTrue(taken, "taken");
    }
}
