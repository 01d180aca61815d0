import { type File, HawserError } from "@hawser/protocol";
import type { Model } from "./state.ts";

/** How an upload ended, for whoever waits for that. */
export class Ending {
  #promise: PromiseWithResolvers<{ readonly file: File }> | null = null;

  /** A promise that nobody asked for cannot be rejected unheard. */
  promise(model: Model): Promise<{ readonly file: File }> {
    this.#promise ??= Promise.withResolvers();
    this.settle(model);
    return this.#promise.promise;
  }

  settle({ status, file, cause }: Model): void {
    if (status === "completed") this.#promise?.resolve({ file: file as File });
    if (status === "failed") this.#promise?.reject(cause);
    if (status === "cancelled")
      this.#promise?.reject(new HawserError("upload_cancelled", { detail: "The upload was cancelled here." }));
  }
}
