import { countChunks, limits } from "@hawser/protocol";
import fc from "fast-check";
import { expect } from "vitest";
import { chunkOf, digestOf, plainDigestOf } from "../support/contents.ts";
import { wholeBody } from "../support/scripted-body.ts";
import { outcomeOf } from "./outcome.ts";
import type { Claim } from "./reference.ts";
import { digestOf as fileDigestOf, inOrder, missingCount, type RefUpload, refuseEnded } from "./reference-upload.ts";
import { aim, key, now, owner, rarely, Step, size, target, variant } from "./step.ts";

const { chunkSizeBytes: MiB } = limits;

export const begin = fc.record({ owner, size, key }).map(
  (params) =>
    new Step("begin", params, async (reference, world) => {
      const { owner, size, key } = params;
      const request = String(size);
      const at = now(world);
      let made = "";
      const real = await outcomeOf(async () => {
        const { created, response } = await world.domain.initialize(owner, { filename: "f", size }, key);
        made = response.id;
        return { created, state: response.state };
      });
      const told = await outcomeOf(async () => {
        const known = reference.keyed(owner, "initialize", key, request);
        if (known !== undefined) return { created: false, state: reference.uploads.get(known)?.state };
        reference.add(made, owner, size, at);
        reference.bind(owner, "initialize", key, made, request);
        return { created: true, state: "active" };
      });
      expect(real).toEqual(told);
    }),
);

export const oneShot = fc
  .record({ owner, size: fc.constantFrom(0, 700, 700, MiB + 300), variant, damaged: rarely(fc.constant(true)), key })
  .map(
    (params) =>
      new Step("one shot", params, async (reference, world) => {
        const { owner, size, variant, key } = params;
        const small = size <= 65_536;
        const damaged = params.damaged === true && small && size > 0;
        const chunks = Array.from({ length: countChunks(size) }, (_, i) => i + 1);
        const digests = chunks.map((chunk) => digestOf(variant, chunk, size));
        const body = Buffer.concat(chunks.map((chunk) => chunkOf(damaged ? "c" : variant, chunk, size)));
        const request = { owner, fields: { filename: "s" }, sizeBytes: size, digests, idempotencyKey: key };
        const isWrong = damaged && variant !== "c";
        const asked = `${size} ${size === 0 ? "" : variant}`;
        const at = now(world);
        let made = "";
        const real = await outcomeOf(async () => {
          const { created, file } = await world.room.receiveOneShot(request, wholeBody(body));
          made = file.id;
          return { created, size: file.size };
        });
        const told = await outcomeOf(async () => {
          if (isWrong) return { code: "digest_mismatch", rejected: [{ chunk: 1, code: "digest_mismatch" }] };
          const known = reference.keyed(owner, "one-shot", key, asked);
          if (known !== undefined) {
            const upload = reference.uploads.get(known) as RefUpload;
            refuseEnded(upload);
            if (upload.damaged.size > 0) return { code: "file_damaged" };
            return { created: false, size };
          }
          const upload = reference.add(made, owner, size, at, small);
          for (const chunk of chunks) upload.whole.set(chunk, variant);
          upload.state = "completed";
          if (chunks.length < 2) upload.sha256 = plainDigestOf(inOrder(upload), size);
          reference.bind(owner, "one-shot", key, made, asked);
          return { created: true, size };
        });
        expect(real).toEqual(told);
      }),
  );

const wrongHex = "0".repeat(64);
export const finalize = fc
  .record({
    ...target,
    size: fc.constantFrom("none", "none", "right", "other"),
    other: size.map((bytes) => bytes ?? MiB),
    digest: fc.constantFrom("none", "none", "right", "wrong"),
    sha256: fc.constantFrom("none", "none", "none", "right", "wrong"),
  })
  .map(
    (params) =>
      new Step("finalize", params, async (reference, world) => {
        const { upload, owner, id } = aim(reference, params);
        const size = params.size === "right" ? (upload?.size ?? params.other) : params.other;
        const isWhole =
          upload !== undefined && missingCount({ size, whole: new Map([...upload.whole, ...upload.damaged]) }) === 0;
        const right = isWhole
          ? { digest: fileDigestOf({ ...upload, size }), sha256: plainDigestOf(inOrder(upload), size) }
          : { digest: `tree:${wrongHex}`, sha256: wrongHex };
        const claim: Claim = {
          ...(params.size === "none" ? {} : { size }),
          ...(params.digest === "none"
            ? {}
            : { digest: params.digest === "right" ? right.digest : `tree:${wrongHex}` }),
          ...(params.sha256 === "none" ? {} : { sha256: params.sha256 === "right" ? right.sha256 : wrongHex }),
        };
        const at = now(world);
        const real = await outcomeOf(async () => {
          const result = await world.domain.finalize(owner, id, claim);
          return result.status === 200 ? { digest: result.file.digest, size: result.file.size } : result;
        });
        const told = await outcomeOf(async () => {
          const finished = reference.finalize(owner, id, claim, at);
          return { digest: fileDigestOf(finished), size: finished.size };
        });
        expect(real).toEqual(told);
      }),
  );

export const cancel = fc.record(target).map(
  (params) =>
    new Step("cancel", params, async (reference, world) => {
      const { owner, id } = aim(reference, params);
      const at = now(world);
      const real = await outcomeOf(async () => ({ done: await world.domain.cancel(owner, id) }));
      const told = await outcomeOf(async () => {
        const upload = reference.find(owner, id);
        if (upload.state === "cancelled") return { done: undefined };
        refuseEnded(upload);
        if (upload.state !== "active") return { code: "state_conflict", state: upload.state };
        reference.end(upload, "cancelled", at);
        return { done: undefined };
      });
      expect(real).toEqual(told);
    }),
);

export const deleteFile = fc.record(target).map(
  (params) =>
    new Step("delete", params, async (reference, world) => {
      const { owner, id } = aim(reference, params);
      const at = now(world);
      const real = await outcomeOf(async () => ({ done: await world.domain.deleteFile(owner, id) }));
      const told = await outcomeOf(async () => {
        const upload = reference.find(owner, id);
        if (upload.state !== "completed") return { code: "not_found" };
        refuseEnded(upload);
        reference.end(upload, "completed", at);
        return { done: undefined };
      });
      expect(real).toEqual(told);
    }),
);
