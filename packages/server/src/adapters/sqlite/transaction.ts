import type { LedgerReader, LedgerTransaction } from "../../ports/ledger.ts";
import * as chunks from "./chunks.ts";
import type { Connection } from "./connection.ts";
import * as events from "./events.ts";
import * as uploads from "./uploads.ts";

/** The port's questions on a connection, one statement each. They are answered at once; only the port is async. */
export function createReader(connection: Connection): LedgerReader {
  return {
    upload: async (owner, id) => uploads.selectUpload(connection, owner, id),
    anyUpload: async (id) => uploads.selectAnyUpload(connection, id),
    uploadByKey: async (key) => uploads.selectUploadByKey(connection, key),
    uploadsInState: async (state, limit, idleSince) =>
      uploads.selectUploadsInState(connection, state, limit, idleSince),
    candidates: async (owner, filename, sizeBytes, limit) =>
      uploads.selectCandidates(connection, owner, filename, sizeBytes, limit),
    files: async (owner, limit, before) => uploads.selectFiles(connection, owner, limit, before),
    uploadsOnTheirWay: async (owner, limit, before, bundleId) =>
      uploads.selectUploadsOnTheirWay(connection, owner, limit, before, bundleId),
    awaitingRemoval: async (limit) => uploads.selectAwaitingRemoval(connection, limit),
    expiredTombstones: async (endedBefore, limit) => uploads.selectExpiredTombstones(connection, endedBefore, limit),
    receipt: async (key, chunk) => chunks.selectReceipt(connection, key, chunk),
    receipts: async (key, first, last, limit) => chunks.selectReceipts(connection, key, first, last, limit),
    countReceipts: async (key, first, last) => chunks.countReceipts(connection, key, first, last),
    highestChunk: async (key) => chunks.selectHighestChunk(connection, key),
    prefixes: async (key, first, last, limit) => chunks.selectPrefixes(connection, key, first, last, limit),
    damages: async (key) => chunks.selectDamages(connection, key),
    treeNodes: async (key) => chunks.selectTreeNodes(connection, key),
    idempotency: async (owner, route, key) => events.selectIdempotency(connection, owner, route, key),
    smallBody: async (key) => chunks.selectSmallBody(connection, key),
    eventsAfter: async (seq, limit, key) => events.selectEventsAfter(connection, seq, limit, key),
    lastEventSeq: async () => events.selectLastEventSeq(connection),
    totals: async (owner) => uploads.selectTotals(connection, owner),
  };
}

/** The port's questions and changes on the writing connection. */
export function createTransaction(writer: Connection): LedgerTransaction {
  return {
    ...createReader(writer),
    insertUpload: async (upload) => uploads.insertUpload(writer, upload),
    updateUpload: async (key, expected, patch) => uploads.updateUpload(writer, key, expected, patch),
    insertReceipts: async (key, receipts) => chunks.insertReceipts(writer, key, receipts),
    deleteReceipts: async (key, first, last) => chunks.deleteReceipts(writer, key, first, last),
    deleteChildren: async (key, limit) => chunks.deleteChildren(writer, key, limit),
    putPrefix: async (key, prefix) => chunks.putPrefix(writer, key, prefix),
    deletePrefixes: async (key, numbers) => chunks.deletePrefixes(writer, key, numbers),
    putDamages: async (key, damages) => chunks.putDamages(writer, key, damages),
    deleteDamage: async (key, chunk) => chunks.deleteDamage(writer, key, chunk),
    putTreeNode: async (key, group, root) => chunks.putTreeNode(writer, key, group, root),
    deleteTreeNode: async (key, group) => chunks.deleteTreeNode(writer, key, group),
    insertIdempotency: async (owner, route, key, record) => events.insertIdempotency(writer, owner, route, key, record),
    insertSmallBody: async (key, bytes) => chunks.insertSmallBody(writer, key, bytes),
    insertEvent: async ({ key }, kind, at, data) => events.insertEvent(writer, key, kind, at, data),
    deleteUpload: async (key) => uploads.deleteUpload(writer, key),
  };
}
