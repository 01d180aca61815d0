import { type ErrorCode, errorTable } from "@hawser/protocol";

/** What happened in a person's words, and what the person can do; the codes are those of the error table. */
interface ErrorWords {
  readonly what: string;
  readonly cure: string;
}

const personal: Partial<Record<ErrorCode, ErrorWords>> = {
  connection_lost: { what: "The connection broke", cure: "What arrived stays safe. Retry when the network is better" },
  request_timeout: { what: "The line was too slow", cure: "What arrived stays safe. Retry when the network is better" },
  unavailable: { what: "The server cannot take this now", cure: "What arrived stays safe. Retry in a while" },
  internal: { what: "The server failed", cure: "What arrived stays safe. Retry, and tell the operator if it stays" },
  too_many_requests: { what: "The server is asked too often", cure: "What arrived stays safe. Retry in a while" },
  storage_full: {
    what: "The server’s disk is full",
    cure: "What arrived stays safe. Retry when the operator has made room",
  },
  storage_fenced: {
    what: "The server’s disk failed, and it takes nothing until it was checked",
    cure: "What arrived stays safe. Retry when the operator has restarted it",
  },
  size_too_large: {
    what: "The file is larger than this server takes",
    cure: "Send a smaller one, or ask the operator",
  },
  file_mismatch: {
    what: "The whole file is not what was sent",
    cure: "It may have been edited meanwhile. Send it again",
  },
  digest_mismatch: { what: "Chunks arrived damaged again and again", cure: "Send it over another network" },
  chunk_conflict: { what: "Another version of this file is on the server", cure: "Send this version as a new upload" },
  gone: { what: "The upload was ended or has expired on the server", cure: "Send the file again" },
  not_found: { what: "The server does not know this upload any more", cure: "Send the file again" },
  origin_forbidden: {
    what: "The server takes nothing from this page’s address",
    cure: "Open the page under the server’s own address",
  },
  misdirected_request: {
    what: "The server does not answer for this address",
    cure: "Open the page under the server’s own address",
  },
  source_unreadable: { what: "This browser may no longer read the file", cure: "Choose it again" },
  source_changed: {
    what: "The file was edited meanwhile",
    cure: "Nothing was mixed. Choose the version that should be sent",
  },
  invalid_request: { what: "The server does not take this file as it is named or described", cure: "Rename it" },
};

/** Words for every code of the table: a person's where a person can meet it, else the table's own. */
export function errorWords(code: ErrorCode): ErrorWords {
  const known = personal[code];
  if (known !== undefined) return known;
  const { title, action } = errorTable[code];
  return { what: title.replace(/\.$/, ""), cure: action.replace(/\.$/, "") };
}
