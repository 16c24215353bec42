import { afterEach, beforeEach, expect, test, vi } from "vitest";
import * as api from "#src/api";

const answers: (Response | Error)[] = [];
const asked: { path: string; init: RequestInit }[] = [];

function problem(status: number, type: string, headers = {}): Response {
  return new Response(JSON.stringify({ type, title: "t", status, detail: "why" }), { status, headers });
}

beforeEach(() => {
  answers.length = asked.length = 0;
  vi.stubGlobal("setTimeout", (work: () => void) => queueMicrotask(work));
  vi.stubGlobal("fetch", async (path: string, init: RequestInit) => {
    asked.push({ path, init });
    const answer = answers.shift();
    if (answer instanceof Error || answer === undefined) throw answer ?? new TypeError("away");
    return answer;
  });
});
afterEach(() => vi.unstubAllGlobals());

test.each(["urn:pmr:problem:quota-exceeded", "https://pmr.example/errors#quota-exceeded"])(
  "upload, the problem's type is %s, fails with its kind and detail",
  async (type) => {
    answers.push(problem(507, type));
    await expect(api.upload(new Uint8Array(1))).rejects.toMatchObject({
      kind: "quota-exceeded",
      detail: "why",
    });
  },
);

test("missing, the server asks for a pause, is sent again", async () => {
  answers.push(problem(429, "about:blank", { "Retry-After": "1" }), new Response('{"missing": ["b"]}'));
  expect(await api.missing(["a", "b"])).toEqual(["b"]);
  expect(asked).toHaveLength(2);
});

test("pin, the server stays away, gives up with a sentence", async () => {
  await expect(api.pin("b")).rejects.toMatchObject({ kind: "server-unavailable" });
  expect(asked).toHaveLength(3);
});

test("pin, an answer that is no problem document, is an unavailable server", async () => {
  answers.push(new Response("<html>", { status: 502 }));
  await expect(api.pin("b")).rejects.toMatchObject({ kind: "server-unavailable" });
});

test("readiness, the server is not ready, gives what it says", async () => {
  answers.push(new Response('{"status": "not ready", "checks": {}}', { status: 503 }));
  expect((await api.readiness()).status).toBe("not ready");
});

test("putVault, one is to be replaced, names its tag", async () => {
  answers.push(new Response(null, { status: 204, headers: { ETag: '"new"' } }));
  expect(await api.putVault(new Uint8Array(2), '"old"')).toBe('"new"');
  expect(asked[0]?.init.headers).toMatchObject({ "If-Match": '"old"' });
});
