import type { LiveStatus, LiveUpload, UploadState } from "@hawser/client";
import type { File as StoredFile } from "@hawser/protocol";
import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { isOnItsWay } from "../engine/remotes.ts";
import { type UploadsSnapshot, UploadsStore } from "../engine/uploads-store.ts";
import type { World } from "../engine/world.ts";
import { type Rate, RateLog } from "./details/rates.ts";
import { describePage } from "./page-words.ts";
import { sortUploads, standingOf } from "./sections.ts";
import { addSpeed, historyOf } from "./speed-history.ts";
import { keepsAll } from "./storage-view.ts";
import { StoredFilesStore } from "./stored-files.ts";
import { words } from "./words/words.ts";

/** What was measured before the page began; the gallery's scenes have a past. */
export interface Earlier {
  /** Bytes a second of everything, oldest first, one a second. */
  readonly speeds?: readonly number[];
  readonly rates?: ReadonlyMap<string, readonly Rate[]>;
}

interface Parts {
  readonly uploads: UploadsSnapshot;
  readonly isAdding: boolean;
  readonly earlier: Earlier | undefined;
}

/** Everything that the files page shows, renewed a few times a second; and the window's title and its guard. */
export function usePage(world: World, { uploads, isAdding, earlier = {} }: Parts) {
  const stored = useStoredFiles(world, uploads.lineStatus);
  const network = useSyncExternalStore(world.network.subscribe, () => world.network.snapshot);
  const sections = useMemo(() => sortUploads(uploads.states), [uploads.states]);
  const hasFiles = stored.known.files.length > 0 || sections.completed.length > 0;
  const hasRemotes = uploads.remotes.length > 0;
  const isMoreComing = uploads.remotes.some(({ upload }) => isOnItsWay(upload));
  const { isOnline } = network;
  const standing = standingOf(sections, { isOnline, hasFiles, isAdding, hasRemotes, isMoreComing });
  const mayLeave = keepsAll(uploads.storage);
  const said = describePage(standing, stored.known, uploads.summary, mayLeave);
  // The last speed that was measured is no speed of now when nothing gets through.
  const isStalled = standing.kind === "moving" && standing.isStalled;
  const speeds = useSpeeds(world, isStalled ? 0 : uploads.summary.bytesPerSecond, earlier.speeds);
  const rates = useRates(world, uploads.states, earlier.rates);

  const addFinished = stored.add;
  useEffect(() => addFinished(sections.completed.map(({ file }) => file)), [addFinished, sections.completed]);
  useEffect(() => addFinished(filesOf(uploads.told)), [addFinished, uploads.told]);
  useEffect(() => {
    document.title = `${said.title} · ${words.appName}`;
  }, [said.title]);
  useGuardAgainstLeaving(isAdding || (sections.onTheWay.length > 0 && !mayLeave));
  return { uploads, stored, network, sections, standing, said, mayLeave, speeds, rates };
}

/** All uploads, renewed a few times a second. */
export function useUploads({ uploader, clock }: World) {
  const store = useMemo(() => new UploadsStore(uploader, clock), [uploader, clock]);
  return useSyncExternalStore(store.subscribe, store.getSnapshot);
}

/** How often the list is asked for while there is no line that tells of files. */
const renewalMs = 30_000;

function useStoredFiles({ listFiles, clock, network }: World, lineStatus: LiveStatus) {
  const store = useMemo(() => new StoredFilesStore(listFiles), [listFiles]);
  const known = useSyncExternalStore(store.subscribe, store.getSnapshot);
  const { isOnline } = useSyncExternalStore(network.subscribe, () => network.snapshot);
  const add = useCallback((files: readonly StoredFile[]) => store.add(files), [store]);
  useEffect(() => {
    // Also when the network comes back, for what could not be asked before.
    if (isOnline || store.getSnapshot().files.length === 0) void store.begin();
    return () => store.close();
  }, [store, isOnline]);
  useEffect(() => {
    if (lineStatus !== "live" && lineStatus !== "polling") return;
    // What came while nothing was told; without a line small files may come between two askings, and nobody tells.
    void store.renew();
    if (lineStatus === "live") return;
    const timer = setInterval(() => void store.renew(), renewalMs);
    return () => clearInterval(timer);
  }, [store, lineStatus]);
  // "At 14:36" is right for today; a page that is open over midnight learns of it with the next list.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the time of the list
  const todayMs = useMemo(() => clock.now(), [clock, known]);
  return { known, todayMs, add, more: store.more };
}

/** Files of uploads that ended well, newest first. */
function filesOf(told: readonly LiveUpload[]): readonly StoredFile[] {
  const files = told.flatMap(({ file }) => file ?? []);
  return files.sort((a, b) => Date.parse(b.completedAt) - Date.parse(a.completedAt));
}

function useSpeeds(
  { clock }: World,
  bytesPerSecond: number | null,
  earlier: readonly number[] = [],
): readonly number[] {
  const [history, setHistory] = useState(() => historyOf(earlier));
  useEffect(() => {
    const sample = () => setHistory((before) => addSpeed(before, bytesPerSecond ?? 0, clock.now()));
    sample();
    return clock.onSecond(sample);
  }, [clock, bytesPerSecond]);
  return history.values;
}

/** The log is the same one all the time; it is read when something else is drawn. */
function useRates({ clock }: World, states: readonly UploadState[], earlier: Earlier["rates"]): RateLog {
  const log = useMemo(() => new RateLog(earlier), [earlier]);
  const latest = useRef(states);
  useEffect(() => {
    latest.current = states;
  }, [states]);
  useEffect(() => clock.onSecond(() => log.note(latest.current)), [clock, log]);
  return log;
}

/** The browser asks before the page closes while something would be lost by it. */
function useGuardAgainstLeaving(isActive: boolean): void {
  useEffect(() => {
    if (!isActive) return;
    const guard = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", guard);
    return () => removeEventListener("beforeunload", guard);
  }, [isActive]);
}
