"""The one tree of errors: each has one sentence for a person, an exit code and an HTTP status."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar


class PmrError(Exception):
    """Anything that PMR refuses or cannot do. `detail` names the value and what to do."""

    sentence: ClassVar[str] = "Something went wrong."
    status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 1

    def __init__(self, detail: str = "") -> None:
        """Keep `detail`: a full sentence, or two, free of secrets."""
        super().__init__(detail)
        self.detail = detail

    def __str__(self) -> str:
        """The sentence of the class and the detail of the case."""
        return f"{self.sentence} {self.detail}".strip()

    @classmethod
    def slug(cls) -> str:
        """The kebab-case name of the error, as in the API's problem type."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", cls.__name__).lower()


# --- what somebody typed ---------------------------------------------------------------------


class BadInput(PmrError):
    """A value from outside is not of the form that it must have."""

    sentence = "The input is not valid."
    status = 400
    exit_code = 2


class BadAddress(BadInput):
    """Not an Ethereum address, or its EIP-55 checksum is wrong."""

    sentence = "This is not a valid account address."


class BadRecordId(BadInput):
    """Not of the form 0xOwner/7."""

    sentence = "This is not a valid record id."


class BadPurpose(BadInput):
    """Not one of the known purposes."""

    sentence = "This is not a known purpose."


class BadCursor(BadInput):
    """Not a cursor that a list gave, or one into a block that the chain has taken back since."""

    sentence = "The list cannot be continued from here: begin it anew."


class TooLarge(BadInput):
    """More bytes, files or items than a limit allows."""

    sentence = "This is larger than the limit allows."
    status = 413


class BadKeystore(BadInput):
    """A keystore file or a private key that does not open."""

    sentence = "The account's key cannot be opened."


class UnsupportedType(BadInput):
    """A request body of another media type than the resource takes."""

    sentence = "This media type is not taken here."
    status = 415


class TooSlow(BadInput):
    """A client that takes too long to send what it has begun to send."""

    sentence = "The request came too slowly."
    status = 408


# --- set-up ----------------------------------------------------------------------------------


class SetupError(PmrError):
    """The machine, the configuration or a state file is not as it must be."""

    sentence = "PMR is not set up."
    exit_code = 3


class ConfigError(SetupError):
    """A setting is missing or malformed."""

    sentence = "The configuration is not valid."


class MissingTool(SetupError):
    """A program that is needed is not installed."""

    sentence = "A program that PMR needs is missing."


class PortTaken(SetupError):
    """Another program listens on the port."""

    sentence = "The port is taken by another program."


class ProgramEnded(SetupError):
    """A program that `pmr up` started is not running."""

    sentence = "A program that PMR started has ended."


class DamagedState(SetupError):
    """A file of PMR's own state cannot be read."""

    sentence = "A state file is damaged."


class DamagedBackup(SetupError):
    """A backup is not as it was written."""

    sentence = "The backup is damaged: nothing of it was put in use."


class ForeignBackup(SetupError):
    """A backup of a server for other contracts."""

    sentence = "The backup is of a server for another chain or other contracts."


class StateNotEmpty(SetupError):
    """A backup is to be restored where a server has worked."""

    sentence = "There is a server's state here already."


class WrongClock(SetupError):
    """Clocks are too far apart for grants to end when they should."""

    sentence = "A clock is wrong."


class DeploymentUnfinished(SetupError):
    """A deployment is under way, or another account began it."""

    sentence = "A deployment of these contracts is not finished."


class StoryBroken(PmrError):
    """Something that must be refused was allowed, or the other way round."""

    sentence = "The story did not end as it must."


# --- the sealed record -----------------------------------------------------------------------


class SealedRecordError(PmrError):
    """Bytes that claim to be part of a sealed record are not what the format says."""

    sentence = "The record is damaged or was tampered with."
    status = 422
    exit_code = 4


class BadFormat(SealedRecordError):
    """Bytes are not of the form that docs/format.md gives."""

    sentence = "The data is not in the pmr/1 format."


class BadSignature(SealedRecordError):
    """A signature does not verify."""

    sentence = "The signature does not match: the data is not from whom it claims to be."


class BadKeyBundle(SealedRecordError):
    """A key bundle is malformed, for another account, or not what the chain names."""

    sentence = "The key bundle is not the one that the account published."


class CannotDecrypt(SealedRecordError):
    """A ciphertext does not open under this key and context."""

    sentence = "This cannot be decrypted with your key."


class SourceChanged(PmrError):
    """A file gave other bytes than when its size was taken or its digests were noted."""

    sentence = "The file changed while it was being sealed."
    status = 409
    exit_code = 4


class BadPassphrase(PmrError):
    """The vault does not open."""

    sentence = "The passphrase is wrong, or the vault was made with another wallet."
    status = 422
    exit_code = 4


class BadRecoveryKit(BadInput):
    """A recovery kit's words or checksum are wrong."""

    sentence = "The recovery kit is not valid."


class NoKey(PmrError):
    """There is no vault on this machine, or it lacks the version that is asked for."""

    sentence = "There is no key for this account here."
    status = 409
    exit_code = 4


class KeyLost(PmrError):
    """The chain names a key of the account of which this machine's vault has no seed."""

    sentence = "A key that your account has published is not on this machine."
    status = 409
    exit_code = 4


class KeyExists(PmrError):
    """A key would be overwritten."""

    sentence = "This account has a key already."
    status = 409
    exit_code = 4


class KeyNotPublished(PmrError):
    """An account has not published a key bundle, so nothing can be sealed to it."""

    sentence = "This account has not published a key yet."
    status = 409
    exit_code = 4


# --- content ---------------------------------------------------------------------------------


class ContentError(PmrError):
    """Blocks cannot be stored, found or believed."""

    sentence = "The content could not be handled."
    exit_code = 5


class BadCid(ContentError):
    """Not a CIDv1 of sha2-256, raw or dag-pb."""

    sentence = "This is not a content identifier that PMR uses."
    status = 400


class BadBlock(ContentError):
    """A block's bytes do not match its CID, or are not the frozen shape."""

    sentence = "A block does not match its identifier."
    status = 400


class BadCar(ContentError):
    """A CAR stream is malformed."""

    sentence = "The CAR archive is malformed."
    status = 400


class BlockNotFound(ContentError):
    """No such block here."""

    sentence = "A block is not there."
    status = 404


class IncompleteContent(ContentError):
    """A DAG is pinned before all its blocks were uploaded."""

    sentence = "Some blocks have not been uploaded."
    status = 409


class StillPinned(ContentError):
    """A block is to be deleted that pinned content needs."""

    sentence = "The content is pinned."
    status = 409


class QuotaExceeded(ContentError):
    """An account would keep more than it may."""

    sentence = "Your account may not keep more here."
    status = 413


class StorageFull(ContentError):
    """The disk is full, or so nearly that nothing more is taken."""

    sentence = "There is no space left for content."
    status = 507


class StorageDamaged(ContentError):
    """A stored block no longer has the bytes that were written."""

    sentence = "The block store is damaged."


class StoreUnavailable(ContentError):
    """A content node does not answer."""

    sentence = "The content store cannot be reached."
    status = 503


# --- the chain -------------------------------------------------------------------------------


class ChainError(PmrError):
    """The chain cannot be reached, believed or written to."""

    sentence = "The chain could not be used."
    status = 502
    exit_code = 6


class ChainUnavailable(ChainError):
    """No RPC endpoint answers."""

    sentence = "The chain cannot be reached."
    status = 503


class WrongChain(ChainError):
    """The endpoint serves another chain than the one that was configured."""

    sentence = "The endpoint serves another chain."


class StaleHead(ChainError):
    """The newest block is too old to decide access with."""

    sentence = "The chain's newest block is too old to decide who may read."
    status = 503


class IndexBehind(ChainError):
    """The index has not reached the chain's newest block, so it cannot be said what is needed."""

    sentence = "The index has not caught up with the chain."
    status = 503


class NotDeployed(ChainError):
    """No contract code, or other code, stands at a configured address."""

    sentence = "The contracts are not deployed on this chain."


class NoFunds(ChainError):
    """The account cannot pay for gas."""

    sentence = "The account cannot pay for the transaction."


class TooDear(ChainError):
    """Transactions would cost more than was agreed to."""

    sentence = "This would cost more than was agreed to."


class DeploymentDropped(ChainError):
    """The chain took blocks back, and the contracts with them."""

    sentence = "The chain dropped contracts that it had."


class TransactionFailed(ChainError):
    """A transaction was refused, dropped or reverted without a known reason."""

    sentence = "The transaction failed."


class TransactionReplaced(TransactionFailed):
    """Another transaction of the account took the nonce: this one will never be in a block."""

    sentence = "The transaction will never take place."


class TransactionTooLarge(ChainError):
    """A call that needs more gas than one transaction may use."""

    sentence = "This is too much for one transaction."
    status = 413


class CompileError(SetupError):
    """The Solidity compiler is missing, another one, or refused the sources."""

    sentence = "The contracts could not be compiled."


# --- what a contract refuses: one class per Solidity error -------------------------------------


class ContractError(ChainError):
    """A contract reverted with a named error. `solidity` is that name."""

    sentence = "The contract refused the call."
    solidity: ClassVar[str] = ""
    status = 409
    exit_code = 7
    values: Mapping[str, Any] = MappingProxyType({})
    """What the contract gave with the error, by the names of the Solidity declaration."""


class NotOwner(ContractError):
    """Only the owner changes a record's root or grants."""

    sentence = "Only the record's owner may do this."
    solidity = "NotOwner"
    status = 403


class RecordNotFound(ContractError):
    """The id names no record."""

    sentence = "There is no such record."
    solidity = "RecordNotFound"
    status = 404


class EmptyRoot(ContractError):
    """A root of zero."""

    sentence = "A record needs a root."
    solidity = "EmptyRoot"


class WrongPosition(ContractError):
    """The position is not the next one: the record was created already, or another one was."""

    sentence = "The record's position is taken or not the next one."
    solidity = "WrongPosition"


class StaleRoot(ContractError):
    """The record was revised in the meantime."""

    sentence = "The record was revised in the meantime."
    solidity = "StaleRoot"


class EmptyReader(ContractError):
    """A reader of zero."""

    sentence = "A grant needs a reader."
    solidity = "EmptyReader"


class SelfGrant(ContractError):
    """An owner granting to itself."""

    sentence = "The owner can read the record already."
    solidity = "SelfGrant"


class ExpiryInPast(ContractError):
    """A grant that would have ended already."""

    sentence = "The end of the grant is in the past."
    solidity = "ExpiryInPast"


class InvalidPurpose(ContractError):
    """A purpose outside 1 to 127."""

    sentence = "A grant needs a purpose from 1 to 127."
    solidity = "InvalidPurpose"


class NotGranted(ContractError):
    """Nothing to revoke."""

    sentence = "This reader has no access to revoke."
    solidity = "NotGranted"


class EmptyBundle(ContractError):
    """A bundle digest of zero."""

    sentence = "A published key needs a bundle."
    solidity = "EmptyBundle"


class WrongVersion(ContractError):
    """The version is not the next one: the bundle was published already, or another one was."""

    sentence = "The key's version is taken or not the next one."
    solidity = "WrongVersion"


# OpenZeppelin's errors: of batches and of the forwarder. They keep their names.


class FailedCall(ContractError):
    """A call of a batch or a sponsored request reverted without a word."""

    sentence = "A call inside the transaction failed without saying why."
    solidity = "FailedCall"


class AddressEmptyCode(ContractError):
    """A call to an account that is no contract."""

    sentence = "There is no contract at the address that was called."
    solidity = "AddressEmptyCode"


class InsufficientBalance(ContractError):
    """A contract is to pass on more coin than it has."""

    sentence = "The contract has less coin than it was to pass on."
    solidity = "InsufficientBalance"


class ERC2771ForwarderExpiredRequest(ContractError):
    """A sponsored request came after its deadline."""

    sentence = "The sponsored request came after its deadline."
    solidity = "ERC2771ForwarderExpiredRequest"


class ERC2771ForwarderInvalidSigner(ContractError):
    """A sponsored request whose signature is another account's, or whose nonce was used."""

    sentence = "The sponsored request was not signed by its sender, or was carried out already."
    solidity = "ERC2771ForwarderInvalidSigner"
    status = 403


class ERC2771ForwarderMismatchedValue(ContractError):
    """The coin of the transaction is not the sum that its sponsored requests name."""

    sentence = "The coin that was sent is not what the sponsored requests name."
    solidity = "ERC2771ForwarderMismatchedValue"


class ERC2771UntrustfulTarget(ContractError):
    """A sponsored request to a contract that trusts another forwarder, or none."""

    sentence = "The contract takes no sponsored requests from this forwarder."
    solidity = "ERC2771UntrustfulTarget"


class InvalidAccountNonce(ContractError):
    """A sponsored request whose number is not the account's next one."""

    sentence = "The number of the sponsored request is used or not the next one."
    solidity = "InvalidAccountNonce"


class InvalidShortString(ContractError):
    """A text in one storage slot is malformed."""

    sentence = "A text that the contract keeps is malformed."
    solidity = "InvalidShortString"


class StringTooLong(ContractError):
    """A text does not fit in one storage slot."""

    sentence = "A text is too long for the contract to keep."
    solidity = "StringTooLong"


# --- the server ------------------------------------------------------------------------------


class AccessError(PmrError):
    """The server does not serve this to this account."""

    sentence = "The server refused."
    status = 403
    exit_code = 8


class NotAdmitted(AccessError):
    """The server keeps a list of accounts, and this one is not on it."""

    sentence = "This server does not take your account: ask those who run it to put it on their list."


class SignInFailed(AccessError):
    """The signature, the address or the challenge is wrong, used or late."""

    sentence = "The sign-in failed."
    status = 401


class NotSignedIn(AccessError):
    """No session, or one that ended."""

    sentence = "Sign in first."
    status = 401


class NotFound(AccessError):
    """Absent or not for this account: deliberately the same answer."""

    sentence = "There is nothing here for this account."
    status = 404


class ContentNotHere(NotFound):
    """The chain names a root of which this server was never given all blocks."""

    sentence = "The record is registered, but its content is not on this server: nobody can open it here."


class EnvelopeNotHere(NotFound):
    """The chain names an envelope of which this server was never given the bytes."""

    sentence = "You may read this record, but the envelope with its key is not on this server."


class BundleNotHere(NotFound):
    """The chain names a key bundle of which this server was never given the bytes."""

    sentence = "The account has published a key, but its bundle is not on this server."


class ForeignOrigin(AccessError):
    """A request that a page of another site made with this site's cookie."""

    sentence = "This was not sent by a page of this server."


class VaultChanged(AccessError):
    """The vault is not the one that the client last saw."""

    sentence = "The vault was changed from another machine."
    status = 412


class NoAccess(AccessError):
    """The chain, or the clock, says that this account may not read the record."""

    sentence = "You may not read this record."


class TooManyRequests(AccessError):
    """A rate limit or a quota."""

    sentence = "Too much was asked in a short time."
    status = 429


class ServerUnavailable(PmrError):
    """The PMR server does not answer, or answers nonsense."""

    sentence = "The PMR server cannot be reached."
    status = 503
    exit_code = 8


class ServerMismatch(ServerUnavailable):
    """The server works with another chain or other contracts than this machine was told of."""

    sentence = "The PMR server is not the one of this deployment."
    status = 502


class UnsafeConnection(ServerUnavailable):
    """No TLS, or a certificate that is not trusted or ends too soon."""

    sentence = "The connection to the server is not safe."


class ForeignPage(ServerUnavailable):
    """The server gives browsers another page than the one installed here."""

    sentence = "The server's page is not the one that is installed here."
