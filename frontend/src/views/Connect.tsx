import { useSignal } from "@preact/signals";
import { chooseAccount, chosenAccount } from "#src/devWallet";
import { t } from "#src/i18n";
import { busy, confirmDeployment, connect, local, unconfirmed, wallets } from "#src/state/session";
import type { Announced } from "#src/wallet";
import { Waiting } from "./Waiting";

/** Choose one of the wallets that announced themselves. */
export function Connect() {
  return (
    <section aria-labelledby="connect-title">
      <h2 id="connect-title">{t("connectTitle")}</h2>
      <p>{t("connectText")}</p>
      {local.value && <DevelopmentAccount />}
      {wallets.value.length === 0 && <p role="status">{t("connectNone")}</p>}
      <ul class="wallets">
        {wallets.value.map((wallet) => (
          <li key={wallet.info.uuid}>
            <WalletButton wallet={wallet} />
          </li>
        ))}
      </ul>
      <Waiting />
    </section>
  );
}

function WalletButton({ wallet }: { wallet: Announced }) {
  const { icon, name } = wallet.info;
  return (
    <button type="button" class="primary" disabled={busy.value} onClick={() => void connect(wallet)}>
      {/^data:image\/(svg\+xml|png|jpeg|webp|gif)[;,]/.test(icon) && (
        <img src={icon} alt="" width="24" height="24" />
      )}
      {name}
    </button>
  );
}

function DevelopmentAccount() {
  const chosen = useSignal(chosenAccount());
  const choose = (index: number) => {
    chooseAccount(index);
    chosen.value = index;
  };
  return (
    <div class="development" role="note">
      <p>{t("developmentMark")}</p>
      <label>
        {t("developmentAccount")}
        <select value={chosen.value} onChange={(event) => choose(Number(event.currentTarget.value))}>
          {Array.from({ length: 10 }, (_, index) => (
            <option key={index} value={index}>
              {index}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}

/** Compare the contracts that a server names, the first time that this browser sees it. */
export function Confirm() {
  const at = unconfirmed.value;
  if (!at) return null;
  return (
    <section aria-labelledby="confirm-title">
      <h2 id="confirm-title">{t("confirmTitle")}</h2>
      <p>{t("confirmText")}</p>
      <dl>
        <dt>{t("network")}</dt>
        <dd dir="ltr">{at.chainId}</dd>
        <dt>{t("registry")}</dt>
        <dd dir="ltr">{at.registry}</dd>
        <dt>{t("keyDirectory")}</dt>
        <dd dir="ltr">{at.keyDirectory}</dd>
        <dt>{t("forwarder")}</dt>
        <dd dir="ltr">{at.forwarder}</dd>
      </dl>
      <button type="button" class="primary" onClick={confirmDeployment}>
        {t("confirmYes")}
      </button>
    </section>
  );
}
