// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

// OpenZeppelin's own contract, unchanged: this makes the compiler see it.
import {ERC2771Forwarder} from "@openzeppelin/contracts/metatx/ERC2771Forwarder.sol";
