import { SpeedMeter } from "@hawser/protocol";
import { Leaves } from "./leaves.ts";
import { Progress } from "./progress.ts";

/** What an upload knows while it is at work; it outlasts pauses and retries, and begins anew with a new upload. */
export class Work {
  leaves = new Leaves();
  progress = new Progress();
  readonly meter = new SpeedMeter();
  /** First chunk that was not read or not acknowledged, of a source that is read in rising order. */
  frontier = 1;
  /** Whether the server was just told of it, and has nothing. */
  isFresh = false;

  /** The upload is gone on the server: nothing is held, but what was read stays known. */
  restart(): void {
    this.progress = new Progress();
    this.leaves.disagree();
    this.frontier = 1;
  }
}
