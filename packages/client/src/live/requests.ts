import { HawserError, type TicketResponse, type Upload, type UploadsResponse } from "@hawser/protocol";
import type { Api } from "../api.ts";
import { isPage, isUpload } from "./messages.ts";

/** What is asked beside the socket. All reject with HawserError, or with the signal's reason. */
export interface LiveRequests {
  /** Lets one socket in. */
  ticket(signal: AbortSignal): Promise<string>;
  /** Uploads on their way, of one bundle or all; `cursor` is the `next` of the page before. */
  page(bundleId: string | null, cursor: string | null, signal: AbortSignal): Promise<UploadsResponse>;
  upload(id: string, signal: AbortSignal): Promise<Upload>;
}

export function liveRequests(api: Pick<Api, "ask">): LiveRequests {
  return {
    ticket: async (signal) => {
      const { json } = await api.ask("POST", "live/tickets", signal);
      const { ticket } = (json ?? {}) as Partial<TicketResponse>;
      return typeof ticket === "string" ? ticket : strange();
    },
    page: async (bundleId, cursor, signal) => {
      const query = new URLSearchParams();
      if (bundleId !== null) query.set("bundle", bundleId);
      if (cursor !== null) query.set("cursor", cursor);
      const { json } = await api.ask("GET", query.size === 0 ? "uploads" : `uploads?${query}`, signal);
      return isPage(json) ? json : strange();
    },
    upload: async (id, signal) => {
      const { json } = await api.ask("GET", `uploads/${id}`, signal);
      return isUpload(json) ? json : strange();
    },
  };
}

function strange(): never {
  throw new HawserError("unavailable", { detail: "The answer is not in Hawser's form." });
}
