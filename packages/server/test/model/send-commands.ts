import { chunkLength, countChunks } from "@hawser/protocol";
import fc from "fast-check";
import { expect } from "vitest";
import type { RunRequest } from "../../src/ports/facts.ts";
import { chunkOf, digestOf, sha256, variants } from "../support/contents.ts";
import { ScriptedBody, wholeBody } from "../support/scripted-body.ts";
import { outcomeOf } from "./outcome.ts";
import { bodyOf, type Send } from "./reference.ts";
import { digestOf as fileDigestOf, hasEnded } from "./reference-upload.ts";
import { aim, now, rarely, Step, share, size, target, variant } from "./step.ts";

const sending = fc.record({
  ...target,
  first: fc.constantFrom(...Array<number>(10).fill(1), 2, 2, 2, 2, 3, 0),
  length: fc.constantFrom(1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 0),
  claim: variant,
  flaw: rarely(fc.record({ at: fc.nat(1), variant: fc.constantFrom(...variants) })),
  offset: fc.constantFrom("none", "none", "none", "prefix", "prefix", "half", "beyond"),
  declared: rarely(size, 7),
  lengthOff: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 0, 0, -1, 1),
  partial: rarely(share, 4),
  cut: rarely(fc.record({ share, breaks: fc.boolean() }), 3),
});

export const send = sending.map(
  (params) =>
    new Step("send", params, async (reference, world) => {
      const { upload, owner, id } = aim(reference, params);
      const prefix = upload?.prefixes.get(params.first)?.length ?? 0;
      const offsets = { none: 0, prefix, half: Math.floor(prefix / 2), beyond: prefix + 1 };
      const offset = offsets[params.offset as keyof typeof offsets];
      const { first, claim, declared } = params;
      const last = Math.min(3, first + (params.partial === null ? params.length : 1) - 1);
      const chunks = Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
      const fileSize = upload?.size ?? declared;
      const room = Math.max(0, chunkLength(first, fileSize) - offset);
      const partial = params.partial === null ? null : Math.ceil(params.partial * room);
      const { flaw } = params;
      const wrong = flaw === null ? null : { chunk: first + flaw.at, variant: flaw.variant };
      const content = { claim, flaw: wrong?.variant === claim ? null : wrong } as Send;
      const all = Buffer.concat(chunks.map((chunk) => bodyOf(content, chunk, fileSize))).subarray(offset);
      const body = all.subarray(0, partial ?? all.length);
      const isCut = params.cut !== null && body.length > 0;
      const cut = isCut
        ? { bytes: Math.floor((params.cut?.share ?? 0) * body.length), breaks: params.cut?.breaks ?? true }
        : null;
      const lengthOff = partial === null ? Math.max(-body.length, params.lengthOff) : 0;
      const sent: Send = { ...content, owner, id, first, last, offset, declared, lengthOff, partial, cut };
      const request: RunRequest = {
        ...{ owner, id, first, last, offsetBytes: offset, sizeBytes: declared, partial: partial !== null },
        digests:
          partial === null
            ? chunks.map((chunk) => digestOf(claim, chunk, fileSize))
            : [sha256(chunkOf(claim, first, fileSize).subarray(offset, offset + partial))],
        contentLength: body.length + lengthOff,
      };
      const coming = new ScriptedBody().send(body.subarray(0, cut?.bytes ?? body.length));
      if (cut?.breaks) coming.break();
      else coming.end();
      const at = now(world);
      const real = await outcomeOf(() => world.room.receiveRun(request, coming));
      expect(real).toEqual(await outcomeOf(async () => reference.run(sent, at)));
    }),
);

/** Sends what is missing of an upload, so that runs come to their end. */
export const sendRest = fc.record({ ...target, claim: variant, completes: fc.boolean() }).map(
  (params) =>
    new Step("send the rest", params, async (reference, world) => {
      const { upload, owner, id } = aim(reference, { ...params, stranger: false });
      if (upload?.size == null || hasEnded(upload)) return;
      const { size } = upload;
      for (let chunk = 1; chunk <= countChunks(size); chunk++) {
        const claim = upload.whole.get(chunk) ?? upload.damaged.get(chunk) ?? params.claim;
        const simple = { flaw: null, offset: 0, declared: null, lengthOff: 0, partial: null, cut: null };
        const sent: Send = { owner, id, first: chunk, last: chunk, claim, ...simple };
        const bytes = chunkOf(claim, chunk, size);
        const request: RunRequest = {
          ...{ owner, id, first: chunk, last: chunk, offsetBytes: 0, sizeBytes: null, partial: false },
          ...{ digests: [digestOf(claim, chunk, size)], contentLength: bytes.length },
        };
        const at = now(world);
        const real = await outcomeOf(() => world.room.receiveRun(request, wholeBody(bytes)));
        expect(real).toEqual(await outcomeOf(async () => reference.run(sent, at)));
      }
      if (!params.completes) return;
      const file = await world.domain.completeIfWhole(owner, id);
      reference.finalize(owner, id, {}, now(world));
      expect(file?.digest).toBe(fileDigestOf(upload));
    }),
);
