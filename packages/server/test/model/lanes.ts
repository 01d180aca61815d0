import { HawserError, limits, type RunResponse } from "@hawser/protocol";
import fc from "fast-check";
import { expect } from "vitest";
import type { IncomingBody } from "../../src/http/body.ts";
import { receiveRun } from "../../src/http/native.ts";
import { fileOf, runRequest } from "../support/run-request.ts";
import { wholeBody } from "../support/scripted-body.ts";
import { ScheduledWorld } from "./scheduled-world.ts";

const owner = "ann";
const sizeBytes = 2 * limits.chunkSizeBytes + 300;
const runs = ["1", "2", "3", "1-2", "2-3", "1-3"];

/**
 * Lanes whose runs overlap, some with `Upload-Complete`: one that has it and after whose run nothing is missing is told
 * of the file, whoever brought the last chunk; and all who are told of a file are told of the same.
 */
export function lastLaneCompletes() {
  const lane = fc.record({ run: fc.constantFrom(...runs), completes: fc.boolean() });
  const lanes = fc.array(lane, { minLength: 2, maxLength: 6 });
  return fc.asyncProperty(lanes, fc.scheduler(), async (lanes, scheduler) => {
    const stage = await ScheduledWorld.open(scheduler);
    const { domain, room, ledger } = stage.world;
    try {
      const { response } = await domain.initialize(owner, { filename: "f", size: sizeBytes }, null);
      const { id } = response;
      const send = async ({ run, completes }: (typeof lanes)[number]): Promise<RunResponse> => {
        const { body, headers } = runRequest(id, run, "a", sizeBytes);
        const length = { "content-length": String(body.length) };
        const fields = { ...headers, ...length, "upload-complete": completes ? "?1" : "?0" };
        const parts = { room, facts: domain };
        const answer = await receiveRun(parts, owner, { id, run }, fields, wholeBody(body) as unknown as IncomingBody);
        const told = JSON.parse(answer.body) as RunResponse;
        const record = await ledger.read((reader) => reader.anyUpload(id));
        if (completes) expect(told.file !== undefined, "told of the file").toBe(record?.receivedChunks === 3);
        return told;
      };
      // Whatever the others send, these bring all there is.
      const all = [...lanes, { run: "1", completes: false }, { run: "2-3", completes: false }];
      const outcomes = await stage.run(all.map((one) => ({ name: one.run, perform: () => send(one) })));
      const files = outcomes.flatMap((outcome) => {
        if (outcome instanceof HawserError) throw outcome;
        if (outcome.file !== undefined) expect(outcome.missingCount).toBe(0);
        return outcome.file === undefined ? [] : [JSON.stringify(outcome.file)];
      });
      expect(new Set(files).size).toBeLessThanOrEqual(1);
      const stored = Buffer.alloc(sizeBytes);
      await room.readFile(id, 0, stored);
      expect(stored.equals(fileOf("a", sizeBytes))).toBe(true);
    } finally {
      await stage.close();
    }
  });
}
