import { HawserError, type RunResponse, rangesOf } from "@hawser/protocol";
import type { BlobStore } from "../ports/blob-store.ts";
import type { Body, ByteRoom } from "../ports/byte-room.ts";
import type { Clock } from "../ports/clock.ts";
import type { Facts, RunRequest } from "../ports/facts.ts";
import type { Rejection } from "../ports/live.ts";
import { ActiveUploads } from "./active-uploads.ts";
import { findDamaged, hashWhole } from "./audit.ts";
import { BufferPool } from "./buffer-pool.ts";
import { Committer } from "./committer.ts";
import { receiveOneShot } from "./one-shot-receiver.ts";
import { type ByteRoomOptions, resolveByteRoomOptions } from "./options.ts";
import { RunReceiver } from "./run-receiver.ts";
import { onStorage, Volume } from "./volume.ts";

export interface ByteRoomParts {
  readonly store: BlobStore;
  readonly facts: Facts;
  readonly clock: Clock;
  /** Called once, when a failed sync or commit fences the volume. */
  readonly onFence?: (reason: string, cause: unknown) => void;
  /** Told of each chunk that came and was not taken. */
  readonly onRejected?: (rejection: Rejection) => void;
  readonly options?: ByteRoomOptions;
}

/** Ties the byte thread together: memory, claims, group commit and the volume's state around one blob store. */
export function createByteRoom(parts: ByteRoomParts): ByteRoom {
  const { store, facts, clock } = parts;
  const options = resolveByteRoomOptions(parts.options);
  const volume = new Volume(parts.onFence ?? (() => undefined));
  const pool = new BufferPool(options.poolBytes);
  const uploads = new ActiveUploads();
  const committer = new Committer({ store, facts, volume, ...options });
  const { unwrittenChunksPerRun } = options;
  const onRejected = parts.onRejected ?? (() => undefined);
  const receiverParts = { store, facts, committer, volume, pool, unwrittenChunksPerRun, onRejected };

  let isClosed = false;

  function assertOpen(): void {
    if (isClosed) throw new HawserError("unavailable", { retryAfterSeconds: 1 });
    volume.assertOpen();
  }

  async function receiveRun(request: RunRequest, body: Body): Promise<RunResponse> {
    assertOpen();
    const upload = uploads.enter(request.id, body);
    try {
      const mark = upload.slots.mark();
      const admission = await facts.admitRun(request);
      if (admission.decision === "held") {
        const skipped = rangesOf(admission.chunks.map(({ chunk }) => chunk));
        return { receipts: [], skipped, missingCount: admission.missingCount };
      }
      return await new RunReceiver(receiverParts, request, admission, upload, mark).receive(body);
    } finally {
      uploads.leave(upload, body);
    }
  }

  return {
    runAlign: store.runAlign,
    receiveRun,
    receiveOneShot: async (request, body) => {
      assertOpen();
      return receiveOneShot({ facts, smallFileBytes: options.smallFileBytes, receiveRun }, request, body);
    },
    readFile: (id, position, target) => onStorage(() => store.read(id, position, target)),
    discard: async (id) => {
      await uploads.end(id, new HawserError("gone"));
      await onStorage(() => store.remove(id));
    },
    findDamaged: (id, sizeBytes, chunks) => onStorage(() => findDamaged(store, pool, { id, sizeBytes }, chunks)),
    hashWhole: (id, sizeBytes) => onStorage(() => hashWhole(store, pool, id, sizeBytes)),
    storedIds: () =>
      onStorage(async () => {
        const ids: string[] = [];
        for await (const id of store.list()) if (!uploads.has(id)) ids.push(id);
        return ids;
      }),
    freeBytes: () => onStorage(async () => (await store.capacity?.())?.freeBytes ?? null),
    fence: async (reason) => volume.fence(reason, new HawserError("storage_fenced")),
    fencedBecause: async () => volume.fencedBecause,
    close: async (graceMs) => {
      const grace = new AbortController();
      await Promise.race([uploads.idle(), clock.sleep(graceMs, grace.signal).catch(() => undefined)]);
      grace.abort();
      isClosed = true;
      await uploads.endAll(new HawserError("unavailable", { retryAfterSeconds: 1 }));
      await committer.idle();
      await store.close();
    },
  };
}
