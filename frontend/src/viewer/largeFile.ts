// Files too large for memory: decrypted into this site's private file system, from where the browser saves them.
// What lies there is plaintext: it goes when the page is opened again, left or locked.
import type { OpenRecord } from "../client/opening";

const PREFIX = "opened-";

/** Decrypt a file segment by segment to the disk; `onDone` hears of its bytes. */
export async function decryptToDisk(
  opened: OpenRecord,
  number: number,
  onDone: (bytes: number) => void,
): Promise<File> {
  const folder = await navigator.storage.getDirectory();
  const handle = await folder.getFileHandle(PREFIX + crypto.randomUUID(), { create: true });
  const out = await handle.createWritable();
  try {
    let done = 0;
    for await (const piece of opened.file(number)) {
      await out.write(piece);
      done += piece.length;
      onDone(done);
    }
  } catch (error) {
    await out.abort();
    throw error;
  }
  await out.close();
  return handle.getFile();
}

/** Remove every decrypted file that lies there. */
export async function forgetLargeFiles(): Promise<void> {
  const folder = await navigator.storage?.getDirectory?.();
  if (!folder) return;
  for await (const name of (folder as unknown as { keys(): AsyncIterable<string> }).keys()) {
    if (name.startsWith(PREFIX)) await folder.removeEntry(name).catch(() => {});
  }
}
