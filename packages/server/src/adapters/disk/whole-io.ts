import { HawserError } from "@hawser/protocol";
import { type FileHandle, hasCode } from "./file-system.ts";

/** Calls in a row that may be interrupted before the interruption is an error. */
const maxInterruptions = 16;
/** Calls that one write or read may take to get through. */
const maxPieces = 1_024;

/** Repeats a call that was interrupted (EINTR, EAGAIN) before it did anything. Never for a sync: it may have failed. */
export async function uninterrupted<T>(call: () => Promise<T>): Promise<T> {
  for (let interruptions = 0; ; interruptions++) {
    try {
      return await call();
    } catch (error) {
      if (interruptions === maxInterruptions || !hasCode(error, "EINTR", "EAGAIN")) throw error;
    }
  }
}

/** Writes all of `bytes`, however little the system takes at a time. */
export async function writeWhole(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let written = 0;
  for (let pieces = 0; written < bytes.length; pieces++) {
    const rest = written === 0 ? bytes : bytes.subarray(written);
    const from = position + written;
    const taken = pieces < maxPieces ? await uninterrupted(() => handle.write(rest, from)) : 0;
    // A full disk shows as an error in the next call; a call that takes nothing would go on for ever.
    if (taken === 0) throw new HawserError("internal", { detail: "The storage takes no bytes and names no reason." });
    written += taken;
  }
}

/** Fills `target` as far as the file goes; returns how many bytes there were. */
export async function readWhole(handle: FileHandle, target: Uint8Array, position: number): Promise<number> {
  let filled = 0;
  for (let pieces = 0; filled < target.length; pieces++) {
    if (pieces === maxPieces) throw new HawserError("internal", { detail: "The storage gives too little at a time." });
    const rest = filled === 0 ? target : target.subarray(filled);
    const from = position + filled;
    const count = await uninterrupted(() => handle.read(rest, from));
    if (count === 0) break;
    filled += count;
  }
  return filled;
}
