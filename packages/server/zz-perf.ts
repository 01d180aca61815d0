import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { openSqliteLedger } from "./src/adapters/sqlite/ledger.ts";
import { createStage, digestOf, owner } from "./test/support/domain-stage.ts";
const ledger = await openSqliteLedger({ path: `${mkdtempSync(`${tmpdir()}/dom-`)}/l.db` });
const stage = createStage({ minFreeBytes: null }, { ledger });
const size = 2 ** 40;
const id = await stage.begin(size);
const chunks = Array.from({ length: 20000 }, (_, i) => 2 * i + 1);
for (let i = 0; i < chunks.length; i += 8192) await stage.send(id, chunks.slice(i, i + 8192), size);
let t = performance.now();
for (let k = 0; k < 8; k++) { t = performance.now(); const r = await stage.domain.resume(owner, id, 1); console.log("resume", (performance.now() - t).toFixed(1), r.receivedChunks.length, r.next); }
const runs = Array.from({ length: 2000 }, (_, k) => stage.run(id, 2 + 2*k, 33 + 2*k, size));
for (let n = 0; n < 3; n++) { t = performance.now(); for (const run of runs) await stage.domain.admitRun(run); console.log("admit us", (performance.now() - t) / 2); }
const { key } = (await stage.record(id))!;
const batches = Array.from({ length: 500 }, (_, k) => Array.from({ length: 16 }, (_, i) => ({ kind: "chunk" as const, key, chunk: 2 * (k * 16 + i) + 2, sizeBytes: 1048576, digest: digestOf(2 * (k * 16 + i) + 2) })));
const cpu = process.cpuUsage(); t = performance.now(); for (const b of batches) await stage.domain.commit(b); const used = process.cpuUsage(cpu); console.log("commit16 us", (performance.now() - t) * 2, "cpu us", (used.user+used.system) / 500);
t = performance.now(); for (let n=0;n<500;n++) await ledger.read(r=>r.countReceipts(key, 1, 1024)); console.log("count us", (performance.now() - t) * 2);
