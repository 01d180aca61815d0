import { closeSync, openSync, readSync, writeFileSync, writeSync } from "node:fs";
import { filePath } from "../clients/job.ts";
import { type Content, smallBody } from "./content.ts";

const pieceBytes = 1_048_576;

/** Writes what clients read from disk. */
export function writeContent(folder: string, number: number, content: Content): void {
  const fd = openSync(filePath(folder, number), "w");
  try {
    for (const piece of content.pieces(0, content.sizeBytes)) writeSync(fd, piece);
  } finally {
    closeSync(fd);
  }
}

/** Small files that all differ, numbered from 0. */
export function writeSmallFiles(folder: string, count: number, sizeBytes: number): void {
  for (let number = 0; number < count; number++) writeFileSync(filePath(folder, number), smallBody(number, sizeBytes));
}

/** Reads files once, so that no variant waits for the disk and another does not. */
export function readThrough(folder: string, first: number, count: number): void {
  const buffer = Buffer.allocUnsafe(pieceBytes);
  for (let number = first; number < first + count; number++) {
    const fd = openSync(filePath(folder, number), "r");
    try {
      while (readSync(fd, buffer) > 0);
    } finally {
      closeSync(fd);
    }
  }
}
