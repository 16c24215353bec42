import { afterEach, expect, test, vi } from "vitest";
import { readiness, serverConfig } from "#src/api";

afterEach(() => vi.unstubAllGlobals());

test("serverConfig, the server answers, gives what it says", async () => {
  vi.stubGlobal("fetch", async (path: string) => new Response(JSON.stringify({ asked: path })));
  expect(await serverConfig()).toEqual({ asked: "/api/config" });
});

test("readiness, the server is away, fails", async () => {
  vi.stubGlobal("fetch", async () => Promise.reject(new TypeError("away")));
  await expect(readiness()).rejects.toThrow("away");
});
