// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

// OpenZeppelin's own contract, unchanged: this makes the compiler see it.
// solhint-disable-next-line no-unused-import
import {ERC2771Forwarder} from "@openzeppelin/contracts/metatx/ERC2771Forwarder.sol";
