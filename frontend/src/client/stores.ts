// What this browser keeps between visits: vaults and notes, both sealed, in IndexedDB.
import type { Address } from "viem";
import type { Bytes } from "../sealed/bytes";
import type { VaultStore } from "./keys";
import type { NoteStore } from "./notes";

const NAME = "pmr";
const [VAULTS, NOTES] = ["vaults", "notes"];

/** Open what this browser keeps. */
export async function openStores(): Promise<{ vaults: VaultStore; notes: NoteStore }> {
  const database = await open();
  return {
    vaults: {
      save: (account: Address, vault) => put(database, VAULTS, account, vault),
      load: (account: Address) => get(database, VAULTS, account),
    },
    notes: {
      save: (id, sealed) => put(database, NOTES, id, sealed),
      load: (id) => get(database, NOTES, id),
      remove: (id) => change(database, NOTES, (store) => store.delete(id)),
      list: () => ask(database.transaction(NOTES).objectStore(NOTES).getAllKeys()) as Promise<string[]>,
    },
  };
}

function open(): Promise<IDBDatabase> {
  const opening = indexedDB.open(NAME, 1);
  opening.onupgradeneeded = () => {
    for (const store of [VAULTS, NOTES]) opening.result.createObjectStore(store);
  };
  return ask(opening);
}

function put(database: IDBDatabase, store: string, key: string, value: Bytes): Promise<void> {
  return change(database, store, (objects) => objects.put(value, key));
}

async function get(database: IDBDatabase, store: string, key: string): Promise<Bytes | null> {
  return ((await ask(database.transaction(store).objectStore(store).get(key))) as Bytes | undefined) ?? null;
}

/** Done only when it is on the disk: notes must outlive what they are for. */
function change(
  database: IDBDatabase,
  store: string,
  work: (objects: IDBObjectStore) => unknown,
): Promise<void> {
  const transaction = database.transaction(store, "readwrite", { durability: "strict" });
  work(transaction.objectStore(store));
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
  });
}

function ask<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
