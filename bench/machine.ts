import { execFile } from "node:child_process";
import { availableParallelism, cpus, totalmem } from "node:os";
import { promisify } from "node:util";

/** The machine in neutral words: enough to compare figures, nothing that names it. */
export function describeMachine(): string {
  const memoryGib = Math.round(totalmem() / 2 ** 30);
  return `${availableParallelism()} cores (${process.arch}), ${memoryGib} GiB memory, Linux, Node ${process.versions.node}`;
}

/** CPU time that all cores have spent on anything since the machine started, in seconds. */
export function busySeconds(): number {
  let busyMs = 0;
  for (const { times } of cpus()) busyMs += times.user + times.nice + times.sys + times.irq;
  return busyMs / 1_000;
}

/** CPU time of this process, which is the load client, in seconds. */
export function ownCpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Writes all dirty pages out, so that one variant does not pay for what another has left behind. */
export async function syncDisk(): Promise<void> {
  await promisify(execFile)("sync");
}
