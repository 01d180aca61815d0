import { limits } from "@hawser/protocol";
import type { ByteKeeper } from "../ports/byte-keeper.ts";
import type { Clock } from "../ports/clock.ts";
import type { Facts, RunRequest } from "../ports/facts.ts";
import type { Ledger, LedgerReader, UploadRecord } from "../ports/ledger.ts";
import { decideRun, type RunDecision } from "./admission.ts";
import type { Changes } from "./events.ts";
import type { ResolvedOptions } from "./options.ts";
import { readExtent } from "./sizes.ts";
import type { Space } from "./space.ts";
import { findUpload } from "./standing.ts";
import { applyChange } from "./transition.ts";

export interface RunsParts {
  readonly ledger: Ledger;
  readonly bytes: ByteKeeper;
  readonly clock: Clock;
  readonly changes: Changes;
  readonly space: Space;
  readonly options: ResolvedOptions;
}

/** Admits chunk requests, and tells what is acknowledged of a chunk. */
export function createRuns(parts: RunsParts): Pick<Facts, "admitRun" | "slot"> {
  const { ledger, bytes, clock, changes, space, options } = parts;
  const rules = { maxSizeBytes: options.maxSizeBytes, runAlign: bytes.runAlign };

  async function decide(reader: LedgerReader, request: RunRequest): Promise<[UploadRecord, RunDecision]> {
    const record = await findUpload(reader, request.owner, request.id);
    const { key } = record;
    const { first, last, sizeBytes } = request;
    const facts = {
      record,
      receipts: await reader.receipts(key, first, last, limits.maxRunChunks),
      prefixes: await reader.prefixes(key, first, last, limits.maxRunChunks),
      damages: await reader.damages(key),
      extent: record.sizeBytes === null && sizeBytes !== null ? await readExtent(reader, key, sizeBytes) : null,
    };
    return [record, decideRun(request, facts, rules)];
  }

  /** The decision is made again in the transaction: another request may have fixed the size meanwhile. */
  function fixSize(request: RunRequest): Promise<RunDecision> {
    return changes.run("fix-size", async (tx) => {
      const [record, decision] = await decide(tx, request);
      const { fixedSizeBytes: sizeBytes } = decision;
      if (sizeBytes !== null) {
        const data = { size: sizeBytes };
        await applyChange(tx, record, { kind: "size_fixed", at: clock.now(), patch: { sizeBytes }, data });
      }
      return decision;
    });
  }

  return {
    async admitRun(request) {
      let [, decision] = await ledger.read((reader) => decide(reader, request));
      // Full storage refuses bytes, not the news that they are here already.
      if (decision.admission.decision === "receive") await space.ensure(0);
      if (decision.fixedSizeBytes !== null) decision = await fixSize(request);
      return decision.admission;
    },

    slot(key, chunk) {
      return ledger.read(async (reader) => {
        const receipt = await reader.receipt(key, chunk);
        if (receipt !== undefined) return { digest: receipt.digest, prefixBytes: 0 };
        const [prefix] = await reader.prefixes(key, chunk, chunk, 1);
        return { digest: null, prefixBytes: prefix?.sizeBytes ?? 0 };
      });
    },
  };
}
