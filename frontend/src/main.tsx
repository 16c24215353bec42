import "./styles/main.css";
import { render } from "preact";
import { Status } from "./views/Status";

const page = document.getElementById("page");
if (page) {
  render(
    <>
      <header>
        <h1>Protected medical records</h1>
        <p>Sealed on the doctor's machine, kept on IPFS, shared by an Ethereum chain.</p>
      </header>
      <main>
        <Status />
      </main>
    </>,
    page,
  );
}
