/**
 * The simulation by itself: `run.ts SEED:OPERATION:DAMAGE[:AGAIN]` looks at one state, `run.ts STATES [SEED [SHARE]]`
 * at so many of the workloads from SEED on, before a share of the operations. Ends with exit code 1 when something that was acknowledged is lost.
 */
import { type Findings, formatPlace, parsePlace, simulate } from "./simulation.ts";

const [what = "1000", firstSeed = "1", share = "1"] = process.argv.slice(2);
let states = 0;
let found: Findings["violations"] = [];
if (what.includes(":")) {
  const place = parsePlace(what);
  ({ states, violations: found } = await simulate(place.seed, { only: place }));
  if (states === 0 && found.length === 0) throw new Error(`The workload ${place.seed} has no state ${what}.`);
} else {
  for (let seed = Number(firstSeed); states < Number(what) && found.length === 0; seed++) {
    const before = states;
    const stop = (findings: Findings) => findings.violations.length > 0 || before + findings.states >= Number(what);
    const findings = await simulate(seed, { stop, share: Number(share) });
    states += findings.states;
    found = findings.violations;
  }
}
for (const { place, what: violations } of found) console.log(`${formatPlace(place)} ${violations.join("; ")}`);
console.log(`${states} states, ${found.length} violations`);
process.exitCode = found.length > 0 ? 1 : 0;
