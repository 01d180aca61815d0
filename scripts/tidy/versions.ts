import type { Project } from "../project.ts";
import type { Finding } from "./finding.ts";

interface Manifest {
  readonly name: string;
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const exactVersion = /^\d+\.\d+\.\d+(?:-[\w.]+)?$/;

/** Versions are exact, one for each package in the whole repository, and the workspaces' own where they are meant. */
export function checkVersions({ files }: Project): Finding[] {
  const findings: Finding[] = [];
  const manifests = [...files].filter(([path]) => /(?:^|\/)package\.json$/.test(path));
  const parsed = manifests.map(([path, text]) => ({ path, manifest: JSON.parse(text) as Manifest }));
  const known = new Map<string, string>();
  for (const { manifest } of parsed) if (manifest.version !== undefined) known.set(manifest.name, manifest.version);
  for (const { path, manifest } of parsed) {
    const refuse = (message: string) => findings.push({ rule: "versions", path, message });
    for (const [name, version] of Object.entries({ ...manifest.devDependencies, ...manifest.dependencies })) {
      const expected = known.get(name);
      if (!exactVersion.test(version)) refuse(`${name} ${version} is not an exact version`);
      else if (expected === undefined) known.set(name, version);
      else if (expected !== version) refuse(`${name} is ${version} here and ${expected} elsewhere`);
    }
  }
  return findings;
}

interface Lockfile {
  readonly packages: Readonly<Record<string, { readonly optionalDependencies?: Readonly<Record<string, string>> }>>;
}

/**
 * The lockfile names what every platform needs. npm leaves out what the registry at hand does not have, and `npm ci`
 * then fails everywhere.
 */
export function checkLockfile({ files }: Project): Finding[] {
  const path = "package-lock.json";
  const { packages } = JSON.parse(files.get(path) ?? '{"packages":{}}') as Lockfile;
  return Object.entries(packages).flatMap(([parent, { optionalDependencies }]) =>
    Object.keys(optionalDependencies ?? {})
      .filter((name) => !isLocked(packages, parent, name))
      .map((name) => ({ rule: "lockfile", path, message: `${parent} may need ${name}, which is not locked` })),
  );
}

/** As Node resolves: below the package itself, else below one of the folders around it. */
function isLocked(packages: Lockfile["packages"], parent: string, name: string): boolean {
  if (`${parent}${parent && "/"}node_modules/${name}` in packages) return true;
  return parent !== "" && isLocked(packages, parent.slice(0, Math.max(0, parent.lastIndexOf("/node_modules/"))), name);
}
