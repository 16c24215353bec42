// The only module that calls the server.

export interface ServerConfig {
  network: string;
  chainId: number;
  registry: string;
  keyDirectory: string;
  forwarder: string;
  block: number;
  maxHeadAge: number | null;
  version: string;
}

export interface Readiness {
  status: string;
  checks: Record<string, string>;
}

/** Which chain and contracts the server says it uses. To be compared with what the page knows. */
export function serverConfig(): Promise<ServerConfig> {
  return ask<ServerConfig>("/api/config");
}

/** Whether each part of the server can do its work. */
export function readiness(): Promise<Readiness> {
  return ask<Readiness>("/readyz");
}

async function ask<T>(path: string): Promise<T> {
  const answer = await fetch(path, { headers: { Accept: "application/json" } });
  return (await answer.json()) as T;
}
